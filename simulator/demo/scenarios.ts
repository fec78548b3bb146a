/** Whole upgrades, each with what must be true at the end. */
import type { Scenario } from './scenario.ts';
import { COMMON_SCENARIOS } from './scenarios-common.ts';
import { OUTAGE_SCENARIOS } from './scenarios-outages.ts';
import { REFUSAL_SCENARIOS } from './scenarios-refusals.ts';
import { TROUBLE_SCENARIOS } from './scenarios-trouble.ts';
import { VERSION_SCENARIOS } from './scenarios-versions.ts';

export const SCENARIOS: readonly Scenario[] = [
  ...COMMON_SCENARIOS,
  ...OUTAGE_SCENARIOS,
  ...VERSION_SCENARIOS,
  ...REFUSAL_SCENARIOS,
  ...TROUBLE_SCENARIOS,
];
