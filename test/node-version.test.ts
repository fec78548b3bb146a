import { expect, test } from 'vitest';
import { nodeProblem } from '../src/node-version.ts';

test.each(['20.19.0', '20.20.2', '22.0.0', '24.21.0', '26.10.0'])('Node %s is new enough', (version) => {
  expect(nodeProblem(version)).toBeNull();
});

test.each(['18.20.4', '20.18.9', '16.0.0'])('Node %s is refused with the mend', (version) => {
  expect(nodeProblem(version)).toMatch(new RegExp(`starting on Node ${version}: at least 20.19 is needed`));
});
