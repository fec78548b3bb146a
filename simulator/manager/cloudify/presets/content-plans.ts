import type { Edition } from '../model.ts';
import type { ContentPlan } from './content.ts';

interface Wanted {
  readonly edition?: Edition;
  readonly users?: 'one' | 'several';
  readonly tenants?: 'one' | 'several';
  readonly agents?: boolean;
  readonly autoHeal?: boolean;
}

const USERS: ContentPlan['users'] = [
  {
    ...{ name: 'maya', role: 'admin', password: 'maya-Old-1', daysSinceLogin: 2 },
    tenants: ['default_tenant', 'telecom'],
  },
  {
    ...{ name: 'omar', role: 'user', password: 'omar-Old-1', daysSinceLogin: 9 },
    ...{ tenants: ['telecom'], groups: ['network-ops'] },
  },
  { name: 'lena', role: 'user', password: 'lena-Old-1', tenants: ['default_tenant'], daysSinceLogin: null },
];

/** Two tenants with a deployment each, on hosts with agents; without agents there are no hosts either. */
export function contentOf({
  edition = 'premium',
  users,
  tenants,
  agents = true,
  autoHeal = false,
}: Wanted): ContentPlan {
  const network = { network: 'default' };
  const billing = {
    ...{ id: 'billing', tenant: 'default_tenant', blueprint: 'billing-app', createdBy: 'admin' },
    hosts: agents ? [{ instance: 'billing_vm_k3x9ab', ip: '10.20.4.11', ...network }] : [],
  };
  const dns = {
    ...{ id: 'dns-edge', tenant: 'telecom', blueprint: 'dns', createdBy: 'admin', autoHeal },
    hosts: agents
      ? [
          { instance: 'dns_vm_p0q1rs', ip: '10.20.4.21', ...network },
          { instance: 'dns_vm_t7u8vw', ip: '10.20.4.22', ...network },
        ]
      : [],
  };
  const common = { plugins: [['cloudify-fabric-plugin', '1.5.1']] } as const;
  if (edition === 'community')
    return {
      ...common,
      tenants: ['default_tenant'],
      users: [],
      groups: [],
      deployments: [billing],
      secrets: [],
    };
  if (tenants === 'one')
    return {
      ...common,
      ...{ tenants: ['default_tenant'], users: [], groups: [], deployments: [billing] },
      secrets: [['openstack_password', 'default_tenant']],
    };
  const several = users !== 'one';
  return {
    ...common,
    tenants: ['default_tenant', 'telecom'],
    users: several ? USERS : [],
    groups: several ? [{ name: 'network-ops', tenants: ['telecom'] }] : [],
    deployments: [billing, dns],
    secrets: [
      ['openstack_password', 'default_tenant'],
      ['dns_tsig_key', 'telecom'],
    ],
  };
}
