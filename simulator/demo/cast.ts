/** Who plays in the demo, and where. */
import type { ChannelOption, GroupOption, UserOption } from '../slack/options.ts';

export const ROSA = 'U0ROSA';
export const AMIR = 'U0AMIR';
export const BEA = 'U0BEA';
export const OLU = 'U0OLU';
export const CHANNEL = 'C0UPGRADES';
export const TEAM = { id: 'T0CUTOVER', name: 'Harbour Networks', domain: 'harbour' };

export const USERS: readonly UserOption[] = [
  {
    id: ROSA,
    name: 'Rosa Lindqvist',
    zone: 'Europe/Stockholm',
    role: 'requester: owns the Cloudify Manager and asks for its upgrade',
  },
  { id: AMIR, name: 'Amir Haddad', zone: 'Europe/Berlin', role: 'approver: leads operations' },
  { id: BEA, name: 'Bea Okafor', zone: 'Africa/Lagos', role: 'approver: owns the data' },
  { id: OLU, name: 'Olu Adeyemi', zone: 'Asia/Tokyo', role: 'on-call: opens the thread at night' },
];

export const GROUPS: readonly GroupOption[] = [{ id: 'S0OPSLEADS', handle: 'ops-leads', users: [AMIR] }];

export const CHANNELS: readonly ChannelOption[] = [
  {
    id: CHANNEL,
    name: 'upgrades',
    members: [ROSA, AMIR, BEA, OLU],
    topic: 'Upgrades of our systems, one thread each',
  },
];
