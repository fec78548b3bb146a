import { SECONDS } from '../durations.ts';
import { type Client, ClientError, connect, connectWith, credentialsOf, itemsOf } from './client.ts';
import { type CfyCall, CfyError, type CommandSpec, need, text } from './command.ts';
import { columns, showTable } from './listing.ts';
import { activeProfileName, readProfile, setActiveProfile, writeProfile } from './profiles.ts';

const NO_CLUSTER = 'This manager is not part of a Cloudify Manager cluster';

/** The client asks every 3 s what has become of it. */
const POLL_SECONDS = 3;

async function inCluster(call: CfyCall): Promise<Client> {
  const client = await connect(call);
  if ((await client.get('cluster')).initialized !== true) throw new CfyError(NO_CLUSTER);
  return client;
}

async function outside(call: CfyCall): Promise<Client> {
  const client = await connect(call);
  if ((await client.get('cluster')).initialized === true)
    throw new CfyError('This manager machine is already part of a Cloudify Manager cluster');
  return client;
}

async function clusterStatus(call: CfyCall): Promise<void> {
  const client = await inCluster(call);
  if (call.cli.api === 'v3') {
    // 4.0.x prints the key with which the nodes encrypt what they tell each other.
    const { encryption_key: key } = await client.get('cluster');
    call.log(`Cloudify Manager cluster initialized!\nEncryption key: ${String(key)}`);
    return;
  }
  call.log('Cloudify Manager cluster ready');
}

async function listNodes(call: CfyCall): Promise<void> {
  const client = await inCluster(call);
  const nodes = itemsOf(await client.get('cluster/nodes'));
  if (call.cli.api === 'v3') {
    showTable(call, 'HA Cluster nodes', columns('name', 'host_ip', 'master', 'online'), nodes);
    return;
  }
  const services = {
    field: 'services',
    title: call.cli.visibility === 'permission' ? 'services' : 'cloudify services',
  };
  const shown = [
    ...columns('name', 'host_ip', 'state', 'consul'),
    services,
    ...columns('database', 'heartbeat'),
  ];
  showTable(call, 'HA Cluster nodes', shown, nodes);
}

async function saveNodes(call: CfyCall, name: string, ips: readonly string[]): Promise<void> {
  const profile = await readProfile(call.context, name);
  if (profile === undefined) return;
  await writeProfile(call.context, { ...profile, cluster: ips.map((ip) => ({ manager_ip: ip })) });
}

async function addresses(client: Client): Promise<readonly string[]> {
  return itemsOf(await client.get('cluster/nodes')).map((node) => String(node.host_ip));
}

async function removeNode(call: CfyCall): Promise<void> {
  const name = need(call, 'CLUSTER_NODE_NAME');
  const client = await inCluster(call);
  const nodes = itemsOf(await client.get('cluster/nodes'));
  if (!nodes.some((node) => node.name === name))
    throw new CfyError(`${name} is not a member of the cluster!`);
  await client.send('DELETE', `cluster/nodes/${encodeURIComponent(name)}`);
  await saveNodes(call, client.profile.name, await addresses(client));
  call.log(`Node ${name} was removed successfully!`);
}

async function updateProfile(call: CfyCall): Promise<void> {
  const client = await inCluster(call);
  call.log('Fetching the cluster nodes list...');
  const ips = await addresses(client);
  const known = client.profile.cluster ?? [];
  for (const ip of ips)
    if (!known.some((node) => node.manager_ip === ip)) call.log(`Adding cluster node: ${ip}`);
  await saveNodes(call, client.profile.name, ips);
  call.log(`Profile is up to date with ${ips.length} nodes`);
}

function timeoutOf(call: CfyCall): number {
  return Number(text(call.options.timeout) ?? SECONDS.agentsClientTimeout);
}

/** Errors of a service that is being restarted are shown and not minded. */
async function becomes(call: CfyCall, done: () => Promise<boolean>, late: string): Promise<void> {
  const deadline = call.context.now() + timeoutOf(call) * 1000;
  for (;;) {
    if (call.context.now() >= deadline) throw new CfyError(late);
    try {
      if (await done()) return;
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      call.log(`Error while fetching cluster status: ${error.message.trim()}`);
    }
    await call.context.sleep(POLL_SECONDS);
  }
}

function config(call: CfyCall, ip: string): { readonly [name: string]: string } {
  const name = text(call.options.cluster_node_name);
  return {
    host_ip: text(call.options.cluster_host_ip) ?? ip,
    ...(name === undefined ? {} : { node_name: name }),
  };
}

async function start(call: CfyCall): Promise<void> {
  const client = await outside(call);
  const { name, manager_ip: own } = client.profile;
  const json = config(call, own);
  call.log('Creating a new Cloudify Manager cluster');
  await client.send('PUT', 'cluster', { json });
  await becomes(
    call,
    async () => (await client.get('cluster')).initialized === true,
    'Timed out waiting for the Cloudify Manager cluster to be initialized.',
  );
  await saveNodes(call, name, [own]);
  call.log(`Cloudify Manager cluster started at ${json.host_ip}.\n`);
}

/** The leader's profile lends its nodes and becomes the active one. */
async function join(call: CfyCall): Promise<void> {
  const client = await outside(call);
  const name = need(call, 'JOIN_PROFILE');
  const leaderProfile = await readProfile(call.context, name);
  if (leaderProfile === undefined) throw new CfyError(`No such profile: ${name}`);
  if ((leaderProfile.cluster?.length ?? 0) === 0)
    throw new CfyError(`Cannot join profile ${name} - that profile has no cluster started`);
  const leader = connectWith(call, leaderProfile, credentialsOf(call, leaderProfile));
  const ips = await addresses(leader);
  const json = config(call, client.profile.manager_ip);
  call.log(`Joining the Cloudify Manager cluster: [${ips.map((ip) => `u'${ip}'`).join(', ')}]`);
  await client.send('PUT', 'cluster', { json: { ...json, join_addrs: ips } });
  call.log('Node joined the cluster, waiting for database replication to be established');
  await becomes(
    call,
    async () =>
      itemsOf(await leader.get('cluster/nodes')).some(
        (node) => node.host_ip === json.host_ip && node.online === true,
      ),
    'Timed out waiting for database replication to be established',
  );
  await saveNodes(call, name, await addresses(leader));
  call.log('Cloudify Manager joined cluster successfully.');
  if ((await activeProfileName(call.context)) === name) return;
  call.log(`Switching to the cluster profile: ${name}`);
  await setActiveProfile(call.context, name);
}

const OWN = [
  { flags: ['--timeout'], name: 'timeout', takes: 'integer' },
  { flags: ['--cluster-host-ip'], name: 'cluster_host_ip', takes: 'text' },
  { flags: ['--cluster-node-name'], name: 'cluster_node_name', takes: 'text' },
] as const;

export const CLUSTER_COMMANDS: readonly CommandSpec[] = [
  { group: 'cluster', name: 'status', run: clusterStatus },
  { group: 'cluster', name: 'start', options: OWN, run: start },
  {
    group: 'cluster',
    name: 'join',
    args: [{ name: 'JOIN_PROFILE', required: true }],
    options: OWN,
    run: join,
  },
  { group: 'cluster', name: 'update-profile', run: updateProfile },
  { group: 'cluster.nodes', name: 'list', run: listNodes },
  {
    group: 'cluster.nodes',
    name: 'remove',
    args: [{ name: 'CLUSTER_NODE_NAME', required: true }],
    run: removeNode,
  },
];
