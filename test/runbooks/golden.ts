/** The situations whose whole plans lie in `golden/`, by the name of the file. */
import type { Situation } from './planning.ts';

export const GOLDEN: { readonly [name: string]: Situation } = {
  'in-place-4.0.0-to-4.3.4-users-cluster-agents': {
    ...{ flow: 'in_place', version: '4.0.0', to: '4.3.4', users: 4, agents: 12, standbys: 2 },
  },
  'in-place-4.0.0-to-4.5.5-one-user-unpatched': {
    ...{ flow: 'in_place', version: '4.0.0', to: '4.5.5', agents: 12, unpatched: true },
  },
  'in-place-4.0.1-to-4.4-patched-users-agents': {
    ...{ flow: 'in_place', version: '4.0.1', to: '4.4', users: 4, agents: 12 },
  },
  'in-place-4.1.1-to-4.5.5-cluster': {
    ...{ flow: 'in_place', version: '4.1.1', to: '4.5.5', agents: 12, standbys: 1 },
  },
  'in-place-4.3.1-to-4.6-cluster': {
    ...{ flow: 'in_place', version: '4.3.1', to: '4.6', users: 4, agents: 12, standbys: 2 },
  },
  'migration-4.0.1-to-4.3.4-cluster-agents-old-erased': {
    ...{ flow: 'migration', version: '4.0.1', to: '4.3.4', agents: 12, standbys: 1, uninstallOld: true },
  },
  'migration-4.4-to-4.6-cluster-new-nodes': {
    ...{ flow: 'migration', version: '4.4', to: '4.6', agents: 12, standbys: 2, newStandbys: 2 },
  },
  'rebuild-4.1.1-after-4.5.5': {
    ...{ flow: 'rebuild_old', version: '4.1.1', to: '4.5.5', users: 4, agents: 12 },
  },
  'rebuild-4.3.1-after-4.6': { flow: 'rebuild_old', version: '4.3.1', to: '4.6', agents: 12 },
  'in-place-4.1.0-to-4.3.4-one-user': { flow: 'in_place', version: '4.1.0', to: '4.3.4' },
  'in-place-4.1.1-to-4.5.5-users-agents': {
    flow: 'in_place',
    version: '4.1.1',
    to: '4.5.5',
    users: 4,
    agents: 12,
  },
  'in-place-4.1.1.1-to-4.6-users-by-support': {
    flow: 'in_place',
    version: '4.1.1.1',
    to: '4.6',
    users: 4,
    usersBy: 'support',
  },
  'in-place-4.2.0-to-4.3.4-agents': { flow: 'in_place', version: '4.2.0', to: '4.3.4', agents: 12 },
  'in-place-4.2.0-to-4.6-users-agents-own-broker': {
    flow: 'in_place',
    version: '4.2.0',
    to: '4.6',
    users: 4,
    agents: 12,
    broker: 'own',
  },
  'in-place-4.2.0-to-4.4-community': { flow: 'in_place', version: '4.2.0', to: '4.4', edition: 'community' },
  'in-place-4.3.1-to-4.5.5-agents': { flow: 'in_place', version: '4.3.1', to: '4.5.5', agents: 12 },
  'in-place-4.5.5-to-4.6-agents': { flow: 'in_place', version: '4.5.5', to: '4.6', agents: 12 },
  'migration-4.1.0-to-4.6-community': {
    flow: 'migration',
    version: '4.1.0',
    to: '4.6',
    edition: 'community',
    agents: 12,
  },
  'migration-4.1.1-to-4.5.5-users-agents-old-erased': {
    flow: 'migration',
    version: '4.1.1',
    to: '4.5.5',
    users: 4,
    agents: 12,
    uninstallOld: true,
  },
  'migration-4.2.0-to-4.4-agents-auto-heal-old-kept': {
    flow: 'migration',
    version: '4.2.0',
    to: '4.4',
    agents: 12,
    autoHeal: true,
  },
  'migration-4.3.1-to-4.6-same-ip': { flow: 'migration', version: '4.3.1', to: '4.6', sameIp: true },
  'migration-4.4-to-4.5.5-users-old-erased': {
    flow: 'migration',
    version: '4.4',
    to: '4.5.5',
    users: 4,
    uninstallOld: true,
  },
  'migration-4.5-to-4.6-agents': { flow: 'migration', version: '4.5', to: '4.6', agents: 12 },
};
