import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTable } from '../../src/runbook/table.ts';

const SNAPSHOTS = `Listing snapshots...

Snapshots:
+-----------------+--------------------------+---------+-------+------------+----------------+------------+
|        id       |        created_at        |  status | error | visibility |  tenant_name   | created_by |
+-----------------+--------------------------+---------+-------+------------+----------------+------------+
| snapshot_BCK4U3 | 2026-11-23 03:31:47.351  | created |       |  private   | default_tenant |   admin    |
|     my_snap     | 2026-11-23 03:32:06.075  | created |       |  private   | default_tenant |   admin    |
+-----------------+--------------------------+---------+-------+------------+----------------+------------+

Showing 2 of 2 snapshots
`;

const WRAPPED = `Listing snapshots...

Snapshots:
+---------+--------------------------+--------+-------------------------------------------------------------------+------------+
|    id   |        created_at        | status |                               error                               | visibility |
+---------+--------------------------+--------+-------------------------------------------------------------------+------------+
| smaster | 2026-11-23 03:48:34.192  | failed | 404: This feature exists only in the premium edition of Cloudify. |  private   |
|         |                          |        |             Please contact sales for additional info.             |            |
|   s46   | 2026-11-23 03:48:48.874  | failed | 404: This feature exists only in the premium edition of Cloudify. |  private   |
|         |                          |        |             Please contact sales for additional info.             |            |
+---------+--------------------------+--------+-------------------------------------------------------------------+------------+

Showing 2 of 2 snapshots
`;

const USERS = `Users:
+----------+--------+------------------+------------------------------+--------+--------------------------+-----------+---------+
| username | groups | system wide role | system wide roles via groups | active |      last_login_at       | is_locked | tenants |
+----------+--------+------------------+------------------------------+--------+--------------------------+-----------+---------+
|  admin   |        |    sys_admin     |                              |  True  | 2026-11-23 03:31:31.337  |   False   |    1    |
+----------+--------+------------------+------------------------------+--------+--------------------------+-----------+---------+
`;

const EMPTY = `+----+------------+--------+
| id | created_at | status |
+----+------------+--------+
+----+------------+--------+

Showing 0 of 0 snapshots
`;

function plain(text: string): unknown {
  return JSON.parse(JSON.stringify(parseTable(text)));
}

describe('a table', () => {
  it('gives its rows by column title, whatever stands around it', () => {
    expect(plain(SNAPSHOTS)).toEqual([
      {
        id: 'snapshot_BCK4U3',
        created_at: '2026-11-23 03:31:47.351',
        status: 'created',
        error: '',
        visibility: 'private',
        tenant_name: 'default_tenant',
        created_by: 'admin',
      },
      {
        id: 'my_snap',
        created_at: '2026-11-23 03:32:06.075',
        status: 'created',
        error: '',
        visibility: 'private',
        tenant_name: 'default_tenant',
        created_by: 'admin',
      },
    ]); // prettier-ignore
  });

  it('joins a cell that goes on in the next line', () => {
    const error =
      '404: This feature exists only in the premium edition of Cloudify. Please contact sales for additional info.';
    expect(parseTable(WRAPPED).map((row) => [row.id, row.status, row.error, row.visibility])).toEqual([
      ['smaster', 'failed', error, 'private'],
      ['s46', 'failed', error, 'private'],
    ]);
  });

  it('keeps titles with spaces and empty cells', () => {
    expect(parseTable(USERS)[0]).toMatchObject({
      username: 'admin',
      'system wide role': 'sys_admin',
      groups: '',
      tenants: '1',
    });
  });

  it('has no rows when it has none, and text without a table has none', () => {
    expect(parseTable(EMPTY)).toEqual([]);
    expect(parseTable('')).toEqual([]);
    expect(parseTable('An error occurred on the server: 404: Requested `Snapshot` was not found\n')).toEqual(
      [],
    );
    expect(parseTable('+---+\n')).toEqual([]);
    expect(parseTable('+---+---+\n| a |\n')).toEqual([]);
  });

  it('is found behind a progress bar that was drawn over and over', () => {
    const drawn = `\r my_snap |####-----| 44.0%\r my_snap |#########| 100.0%\r\n${USERS.replaceAll('\n', '\r\n')}`;
    expect(parseTable(drawn)).toHaveLength(1);
  });

  it('gives the rows of every table in a text', () => {
    expect(parseTable(`${SNAPSHOTS}\n${USERS}`)).toHaveLength(3);
  });

  it('does not end a cell at a bar inside it', () => {
    expect(plain('+-------+----+\n| name  | x  |\n+-------+----+\n| a | b | 1  |\n+-------+----+\n')).toEqual(
      [{ name: 'a | b', x: '1' }],
    );
  });

  it('takes each ruled section for one row, even where the first cell is empty', () => {
    const ruled =
      '+---+-----+\n| a | b   |\n+---+-----+\n| 1 | one |\n|   | two |\n+---+-----+\n|   | x   |\n+---+-----+\n';
    expect(plain(ruled)).toEqual([
      { a: '1', b: 'one two' },
      { a: '', b: 'x' },
    ]);
  });

  it('keeps a title such as constructor for data', () => {
    expect(
      plain('+-------------+\n| constructor |\n+-------------+\n| x           |\n+-------------+\n'),
    ).toEqual([{ constructor: 'x' }]);
  });

  it('never throws, whatever a host prints', () => {
    const piece = fc.constantFrom('+', '-', '|', ' ', '\n', '\r', 'a', 'ü', '日', '=', '+--+', '| a |\n');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        for (const row of parseTable(pieces.join('')))
          expect(Object.values(row).every((cell) => typeof cell === 'string')).toBe(true);
      }),
    );
  });

  it('gives back what was drawn', () => {
    const cell = fc.stringMatching(/^[a-zA-Z0-9 .:_ü-]{0,12}$/).map((text) => text.trim());
    const first = fc.stringMatching(/^[a-z0-9_]{1,12}$/);
    const rows = fc.array(fc.tuple(first, cell, cell), { maxLength: 5 });
    fc.assert(
      fc.property(rows, (data) => {
        const titles = ['id', 'status', 'error'];
        const wide = titles.map((title, at) =>
          Math.max(title.length, ...data.map((row) => (row[at] ?? '').length)),
        );
        const line = (cells: readonly string[]) =>
          `| ${cells.map((text, at) => text.padEnd(wide[at] ?? 0)).join(' | ')} |`;
        const border = `+${wide.map((width) => '-'.repeat(width + 2)).join('+')}+`;
        const drawn = [border, line(titles), border, ...data.map(line), border].join('\n');
        expect(plain(drawn)).toEqual(data.map(([id, status, error]) => ({ id, status, error })));
      }),
    );
  });
});
