/** `table` and `data_table`: scrollable by keyboard, because a narrow window cannot show every column. */
import { el } from './dom.js';
import { richText } from './rich-text.js';

function cellContent(cell, context) {
  if (cell.type === 'rich_text') return richText(cell, context);
  return document.createTextNode(String(cell.text ?? cell.value ?? ''));
}

function cellNode(cell, column, place, context) {
  const setting = place.settings[column] ?? {};
  const align = setting.align ?? (cell.type === 'raw_number' ? 'right' : 'left');
  const scope = place.header ? 'col' : place.rowHeader === column ? 'row' : null;
  const props = { class: `align-${align}${setting.is_wrapped === true ? ' wraps' : ''}`, scope };
  return el(scope === null ? 'td' : 'th', props, cellContent(cell, context));
}

function row(cells, place, context) {
  return el('tr', {}, ...cells.map((cell, column) => cellNode(cell, column, place, context)));
}

/** The first row is the header, as in Slack. */
export function table(block, context) {
  const [head, ...body] = block.rows ?? [];
  const place = { settings: block.column_settings ?? [], rowHeader: block.row_header_column_index ?? -1 };
  const caption = block.caption ?? 'Table';
  return el(
    'div',
    { class: 'table-scroll', tabindex: 0, role: 'region', 'aria-label': caption },
    el(
      'table',
      {},
      block.caption === undefined ? null : el('caption', { text: block.caption }),
      head === undefined ? null : el('thead', {}, row(head, { ...place, header: true }, context)),
      el('tbody', {}, ...body.map((cells) => row(cells, { ...place, header: false }, context))),
    ),
  );
}
