import { atLeast } from '../version.ts';
import type { OptionSpec } from './click.ts';
import { type Item, itemsOf, totalOf } from './client.ts';
import { type CfyCall, text } from './command.ts';
import { cellText, renderTable } from './table.ts';

/** A column: the field it shows and the title above it. */
export interface Column {
  readonly field: string;
  readonly title: string;
}

export function columns(...names: readonly string[]): readonly Column[] {
  return names.map((name) => ({ field: name, title: name }));
}

/** Title by CLI, field by Manager: whichever of the three names the answer has. */
export function visibilityColumn(call: CfyCall): Column {
  return { field: 'visibility', title: call.cli.visibility };
}

const VISIBILITY_FIELDS = ['visibility', 'resource_availability', 'permission'];

function fieldOf(item: Item, field: string): unknown {
  if (field !== 'visibility') return item[field];
  return VISIBILITY_FIELDS.map((name) => item[name]).find((value) => value !== undefined);
}

export function showTable(
  call: CfyCall,
  title: string,
  shown: readonly Column[],
  items: readonly Item[],
  maxWidth?: number,
): void {
  if (call.asJson) {
    const objects = items.map((item) =>
      JSON.stringify(
        Object.fromEntries(shown.map((column) => [column.title, fieldOf(item, column.field) ?? null])),
      ),
    );
    call.context.print(`[\n${objects.join(',\n')}\n]\n`);
    return;
  }
  const rows = items.map((item) => shown.map((column) => cellText(fieldOf(item, column.field))));
  const table = renderTable(
    shown.map((column) => column.title),
    rows,
    maxWidth,
  );
  call.log(`\n${title}\n${table}\n`);
}

/** `Showing 1 of 1 snapshots`, from 4.3 on. */
export function showCount(call: CfyCall, list: Item, things: string): void {
  if (call.cli.trailer) call.log(`Showing ${itemsOf(list).length} of ${totalOf(list)} ${things}`);
}

export const SORTING: readonly OptionSpec[] = [
  { flags: ['--sort-by'], name: 'sort_by', takes: 'text' },
  { flags: ['--descending'], name: 'descending' },
];
export const PAGING: readonly OptionSpec[] = [
  { flags: ['-o', '--pagination-offset'], name: 'offset', takes: 'integer', from: '4.3' },
  { flags: ['-s', '--pagination-size'], name: 'size', takes: 'integer', from: '4.3' },
];
export const TENANT: OptionSpec = { flags: ['-t', '--tenant-name'], name: 'tenant_name', takes: 'text' };
export const ALL_TENANTS: OptionSpec = { flags: ['-a', '--all-tenants'], name: 'all_tenants' };
export const SEARCH: OptionSpec = { flags: ['--search'], name: 'search', takes: 'text', from: '4.4' };
export const GET_DATA: OptionSpec = { flags: ['--get-data'], name: 'get_data' };

export function listQuery(
  call: CfyCall,
  sortBy: string,
): { readonly [name: string]: string | boolean | undefined } {
  const { options } = call;
  const field = text(options.sort_by) ?? sortBy;
  return {
    _sort: `${options.descending === true ? '-' : ''}${field}`,
    _all_tenants: options.all_tenants === true ? true : undefined,
    _get_data: options.get_data === true ? true : undefined,
    _offset: atLeast(call.cli.version, '4.3') ? text(options.offset) : undefined,
    _size: atLeast(call.cli.version, '4.3') ? text(options.size) : undefined,
  };
}

export function tenantOption(call: CfyCall): string | undefined {
  const tenant = text(call.options.tenant_name);
  if (tenant !== undefined && call.options.all_tenants !== true) {
    call.log(`Explicitly using tenant \`${tenant}\``);
  }
  return tenant;
}
