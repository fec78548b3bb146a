import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { planUpgrade } from '../../src/runbook/plan.ts';
import * as schema from '../../src/runbook/schema.ts';
import { host, load, sha256 } from './sample.ts';

const docs = readFileSync(new URL('../../docs/runbook-language.md', import.meta.url), 'utf8');
const words = new Set(docs.match(/[A-Za-z_0-9]+/g));

describe('docs/runbook-language.md', () => {
  it('names every key of the language', () => {
    const {
      RunbookSource,
      Flow,
      Role,
      Input,
      Probe,
      Check,
      AcknowledgementSource,
      Block,
      Step,
      Verify,
      Undo,
      Copy,
      Write,
      Hint,
    } = schema;
    const keys = [
      RunbookSource,
      Flow,
      Role,
      Input,
      Probe,
      Check,
      AcknowledgementSource,
      Block,
      Step,
      Verify,
      Undo,
      Copy,
      Write,
      Hint,
    ].flatMap((part) => Object.keys(part.shape));
    expect(keys.filter((key) => !words.has(key))).toEqual([]);
  });

  it('names every rule of the check, and no other', () => {
    const directory = new URL('../../src/runbook/', import.meta.url);
    const files = [...readdirSync(new URL('rules/', directory)).map((file) => `rules/${file}`), 'load.ts'];
    const text = files.map((file) => readFileSync(new URL(file, directory), 'utf8')).join('\n');
    const rules = new Set(
      [...text.matchAll(/rule: '([a-z_]+)'|\? '([a-z_]+)' : '([a-z_]+)';/g)].flatMap(([, ...found]) =>
        found.filter((rule) => rule !== undefined),
      ),
    );
    const table = docs.slice(docs.indexOf('## What the check refuses'), docs.indexOf('## The command line'));
    const named = [...table.matchAll(/^\| (`.*?`) \|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`([a-z_]+)`/g)].map(([, rule]) => rule),
    );
    expect(named.toSorted()).toEqual([...rules].toSorted());
  });

  it('shows a runbook that passes the check and can be planned', () => {
    const [, example = ''] = /```yaml\n(runbook: tiny[\s\S]*?)```/.exec(docs) ?? [];
    const loaded = load(example, 'runbooks/tiny.yaml');
    expect(loaded.ok ? [] : loaded.problems).toEqual([]);
    if (!loaded.ok) return;
    const planned = planUpgrade({
      upgradeId: 'U-0',
      flow: 'in_place',
      inputs: { to: '2.0' },
      target: { name: 't', rehearsal: false, facts: {} },
      hosts: { app: [host('app')] },
      runbook: loaded.runbook,
      facts: [],
      probeFindings: [],
      dry: true,
      sha256,
    }); // prettier-ignore
    expect(planned).toMatchObject({ kind: 'planned', plan: { body: { pointOfNoReturn: 'replace' } } });
  });
});
