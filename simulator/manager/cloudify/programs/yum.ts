import type { CommandContext, CommandResult, HostCommand } from '../../host.ts';
import { CONFIG_FILE } from '../installation.ts';
import type { Simulation } from '../simulation.ts';
import { machineOf, withMachine } from '../world-parts.ts';
import { defaultConfig } from './manager-config.ts';
import { fullName, INSTALLER, parseRpm, type RpmFile } from './packages.ts';

/** Where the installer keeps what it will install. */
const SOURCES = '/opt/cloudify/sources';

const TRANSACTION_SECONDS = 20;

function refused(word: string): CommandResult {
  return { stderr: word, exitCode: 1 };
}

async function install(
  simulation: Simulation,
  path: string,
  context: CommandContext,
): Promise<CommandResult> {
  const head = 'Loaded plugins: fastestmirror\n';
  const full = path.startsWith('/') ? path : `${context.cwd}/${path}`;
  if (!path.endsWith('.rpm') || !(await context.files.exists(full))) {
    return {
      stdout: `${head}No package ${path} available.\n`,
      stderr: 'Error: Nothing to do\n',
      exitCode: 1,
    };
  }
  const rpm = parseRpm(await context.files.read(full));
  if (rpm === undefined) {
    return {
      stdout: `${head}Cannot open: ${path}. Skipping.\n`,
      stderr: 'Error: Nothing to do\n',
      exitCode: 1,
    };
  }
  const world = await simulation.look();
  const old = machineOf(world, context.hostName).packages.find((each) => each.name === rpm.name);
  context.print(`${head}Examining ${path}: ${fullName(rpm)}\n`);
  if (old !== undefined && old.version === rpm.version) {
    return {
      stdout: `${path}: does not update installed package.\n`,
      stderr: 'Error: Nothing to do\n',
      exitCode: 1,
    };
  }
  context.print(
    `Marking ${path} ${old === undefined ? 'to be installed' : `as an update to ${fullName(old)}`}\nResolving Dependencies\n--> Running transaction check\n--> Finished Dependency Resolution\n\nDependencies Resolved\n\nTransaction Summary\n================================================================================\n${old === undefined ? 'Install' : 'Upgrade'}  1 Package\n\nDownloading packages:\nRunning transaction check\nRunning transaction test\nTransaction test succeeded\nRunning transaction\n`,
  );
  await context.sleep(TRANSACTION_SECONDS);
  await unpack(rpm, context);
  await simulation.change((seen) => {
    const { packages } = machineOf(seen, context.hostName);
    const next = [
      ...packages.filter((each) => each.name !== rpm.name),
      { name: rpm.name, version: rpm.version, release: rpm.release },
    ];
    return { world: withMachine(seen, context.hostName, { packages: next }), effects: [], answer: null };
  });
  return {
    stdout: `  Installing : ${fullName(rpm)}                     1/1 \n  Verifying  : ${fullName(rpm)}                     1/1 \n\n${old === undefined ? 'Installed' : 'Updated'}:\n  ${rpm.name}.x86_64 0:${rpm.version}-${rpm.release}\n\nComplete!\n`,
    exitCode: 0,
  };
}

/** config.yaml is `%config(noreplace)`: an old one stays, the new one comes beside it. */
async function unpack(rpm: RpmFile, context: CommandContext): Promise<void> {
  const { files } = context;
  await files.write(`${SOURCES}/manager-${rpm.version}.tar.gz`, `resources of ${fullName(rpm)}\n`);
  await files.write('/opt/cloudify/manager-install/edition', `${rpm.edition}\n`);
  const kept = await files.exists(CONFIG_FILE);
  const path = kept ? `${CONFIG_FILE}.rpmnew` : CONFIG_FILE;
  await files.write(path, defaultConfig(rpm.version), { mode: 0o660, owner: 'root' });
  if (kept) context.print(`warning: ${CONFIG_FILE} created as ${path}\n`);
}

async function remove(simulation: Simulation, name: string, context: CommandContext): Promise<CommandResult> {
  const head = 'Loaded plugins: fastestmirror\n';
  const found = machineOf(await simulation.look(), context.hostName).packages.find(
    (each) => each.name === name,
  );
  if (found === undefined)
    return { stdout: `${head}No Match for argument: ${name}\nNo Packages marked for removal\n`, exitCode: 0 };
  context.print(
    `${head}Resolving Dependencies\n--> Running transaction check\n---> Package ${name}.x86_64 0:${found.version}-${found.release} will be erased\n--> Finished Dependency Resolution\n\nTransaction Summary\n================================================================================\nRemove  1 Package\n\nRunning transaction\n  Erasing    : ${fullName(found)}                     1/1 \n`,
  );
  await context.sleep(TRANSACTION_SECONDS);
  if (name === INSTALLER) await removeInstallerFiles(found.version, context);
  await simulation.change((seen) => {
    const { packages } = machineOf(seen, context.hostName);
    const next = packages.filter((each) => each.name !== name);
    return { world: withMachine(seen, context.hostName, { packages: next }), effects: [], answer: null };
  });
  return {
    stdout: `  Verifying  : ${fullName(found)}                     1/1 \n\nRemoved:\n  ${name}.x86_64 0:${found.version}-${found.release}\n\nComplete!\n`,
    exitCode: 0,
  };
}

async function removeInstallerFiles(version: string, context: CommandContext): Promise<void> {
  const { files } = context;
  await files.remove('/opt/cloudify');
  if (!(await files.exists(CONFIG_FILE))) return;
  if ((await files.readText(CONFIG_FILE)) === defaultConfig(version)) {
    await files.remove(CONFIG_FILE);
    return;
  }
  await files.rename(CONFIG_FILE, `${CONFIG_FILE}.rpmsave`);
  context.print(`warning: ${CONFIG_FILE} saved as ${CONFIG_FILE}.rpmsave\n`);
}

export function yumCommand(simulation: Simulation): HostCommand {
  return async (args, context) => {
    const yes = args.some((word) => word === '-y' || word === '--assumeyes');
    const [verb, ...names] = args.filter((word) => !word.startsWith('-'));
    if (verb !== 'install' && verb !== 'remove' && verb !== 'erase') {
      return refused(`yum: \`${verb ?? ''}\` is not simulated\n`);
    }
    if (!context.root)
      return {
        stdout: 'Loaded plugins: fastestmirror\nYou need to be root to perform this command.\n',
        exitCode: 1,
      };
    if (names.length !== 1 || names[0] === undefined)
      return refused('Error: Need to pass a list of pkgs to work with\n');
    // Nobody sits at the terminal to answer.
    if (!yes) return { stdout: 'Is this ok [y/N]: Exiting on user command\n', exitCode: 1 };
    return verb === 'install'
      ? install(simulation, names[0], context)
      : remove(simulation, names[0], context);
  };
}
