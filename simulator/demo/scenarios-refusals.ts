/** Upgrades that would lose something, and are not begun. */
import { worldFor } from '../manager/cloudify/presets/world-plan.ts';
import { blocked, type Scenario } from './scenario.ts';

const update3Missing: Scenario = {
  name: 'update-3-missing',
  title:
    'a 4.0.1 without update-3 would lose the agents of other tenants: blocked before anything is touched',
  preset: worldFor({ version: '4.0.1', to: '4.4.0' }),
  play: (stage) => blocked(stage, { flow: 'in-place', to: '4.4' }, /update-3/),
};

const licenceMissing: Scenario = {
  name: 'licence-missing-4.6',
  title: 'a premium 4.6 restores nothing without a licence, and there is none: blocked',
  preset: worldFor({ version: '4.3.1', to: '4.6.0', licence: false }),
  play: (stage) => blocked(stage, { flow: 'in-place', to: '4.6' }, /licence/),
};

export const REFUSAL_SCENARIOS: readonly Scenario[] = [update3Missing, licenceMissing];
