import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runbookJsonSchema } from '../../src/runbook/schema.ts';

describe('the JSON Schema of a runbook', () => {
  it('is committed as it is: npm run -s cutover -- runbook schema > runbooks/runbook.schema.json', () => {
    const committed = readFileSync(new URL('../../runbooks/runbook.schema.json', import.meta.url), 'utf8');
    expect(JSON.parse(committed)).toEqual(JSON.parse(JSON.stringify(runbookJsonSchema())));
  });

  it('describes the file as it is written, with what must be there', () => {
    expect(runbookJsonSchema()).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      required: ['runbook', 'title', 'language', 'flows', 'hosts', 'steps'],
      additionalProperties: false,
    });
  });
});
