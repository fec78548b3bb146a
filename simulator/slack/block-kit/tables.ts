/** Rows of `table` and `data_table`. Source: their block pages; the sums count the text of all cells. */
import { richTextBlock } from './rich-text.ts';
import {
  type Check,
  flag,
  isObject,
  lengthOf,
  list,
  number,
  object,
  oneOf,
  problem,
  text,
  typed,
} from './shape.ts';

const CELL_MAX = 10_000;

const cell: Check = (value, at, scope) =>
  typed({
    raw_text: object({ required: { text: text(CELL_MAX) } }),
    raw_number: object({ required: { value: number, text: text(CELL_MAX) } }),
    rich_text: richTextBlock,
  })(value, at, scope);

function textIn(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, entry) => sum + textIn(entry), 0);
  if (!isObject(value)) return 0;
  return Object.entries(value).reduce(
    (sum, [field, entry]) =>
      sum + (field === 'text' && typeof entry === 'string' ? lengthOf(entry) : textIn(entry)),
    0,
  );
}

function rows({ min, max, characters }: { min: number; max: number; characters: number }): Check {
  const shape = list(list(cell, { min: 1, max: 20 }), { min, max });
  return (value, at, scope) => {
    shape(value, at, scope);
    if (textIn(value) > characters)
      problem(scope, at, `must be less than ${characters + 1} characters in all cells`);
  };
}

export const tableRows = rows({ min: 1, max: 100, characters: 10_000 });
/** The header row counts. */
export const dataTableRows = rows({ min: 2, max: 201, characters: 20_000 });

/** A column without settings is null. */
export const column: Check = (value, at, scope) => {
  if (value !== null)
    object({ optional: { align: oneOf('left', 'center', 'right'), is_wrapped: flag } })(value, at, scope);
};
