/** The whole plan as a text file: everything that the digest covers, and what was seen. Nothing is cut. */
import {
  type Acknowledgement,
  type Evidence,
  type Fact,
  type LateExpr,
  type Plan,
  type PlanBody,
  type PlannedCommand,
  type PlannedStep,
  type PlannedVerify,
  shownText,
} from '../core/plan.ts';
import { formatDuration, formatTime } from '../core/window.ts';
import { showHidden } from './clean.ts';
import { noReturn, wayBack } from './plan-words.ts';

function indented(text: string, by: string): string {
  return text
    .replace(/\n+$/, '')
    .split('\n')
    .map((line) => `${by}${line}`)
    .join('\n');
}

const DEEP = '      ';

/** The expression and the values that the plan froze for it. */
function expression({ cel, with: values }: LateExpr): string {
  const bound = Object.entries(values).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  return bound.length === 0 ? cel : `${cel}   [${bound.join(', ')}]`;
}

function command({ host, run, sudo, secrets }: PlannedCommand, by = '    '): readonly string[] {
  const secret = secrets.length === 0 ? '' : `, with secrets ${secrets.join(', ')} in its environment`;
  return [`${by}on ${host}${sudo ? ', as root' : ''}${secret}:`, indented(shownText(run), `${by}  `)];
}

function verify(one: PlannedVerify): readonly string[] {
  const rhythm = `every ${one.everyS} s, for at most ${formatDuration(one.withinS)}${one.afterS > 0 ? `, first after ${one.afterS} s` : ''}${one.stable > 1 ? `, ${one.stable} times in a row` : ''}`;
  return [
    `    verify (${rhythm}):`,
    ...(one.rebooted === null ? [] : [`      ${one.rebooted} has rebooted`]),
    ...(one.command === null ? [] : command(one.command, '      ')),
    `      in place when ${expression(one.expect)}`,
    ...(one.fail === null ? [] : [`      failed when ${expression(one.fail)}`]),
    ...(one.failSay === undefined ? [] : [`      then people read: ${one.failSay}`]),
  ];
}

function action({ action: act }: PlannedStep): readonly string[] {
  switch (act.kind) {
    case 'run':
      return [
        ...command(act.command),
        `    ended well when ${expression(act.okWhen)}`,
        ...act.capture.map(
          ({ name, from }) =>
            `    captures ${name} from ${'match' in from ? `/${from.match}/` : expression(from)}`,
        ),
        ...(act.secretInArguments === null
          ? []
          : [`    a secret stands in arguments: ${act.secretInArguments}`]),
        ...(act.reboots.length === 0 ? [] : [`    reboots ${act.reboots.join(', ')}`]),
      ];
    case 'copy':
      return [
        `    copy ${act.from.at}:${shownText(act.from.path)}`,
        `      to ${act.to.at}:${shownText(act.to.path)}${owned(act)}`,
      ];
    case 'write':
      return [
        `    write ${act.to.at}:${shownText(act.to.path)}${owned(act)}:`,
        indented(shownText(act.content), DEEP),
      ];
    case 'reboot':
      return [`    reboot ${act.host}`];
    case 'gate':
      return [
        `    go or no-go of ${act.need.count} from ${act.need.from ?? 'any place of the policy'}:`,
        indented(shownText(act.say), DEEP),
        ...act.evidence.map((line) => `      • ${shownText(line)}`),
      ];
    case 'manual':
      return ['    by hand:', indented(shownText(act.say), DEEP)];
  }
}

function owned(act: {
  readonly sudo: boolean;
  readonly mode: string;
  readonly owner: string | null;
}): string {
  return `, mode ${act.mode}${act.owner === null ? '' : `, owner ${act.owner}`}${act.sudo ? ', as root' : ''}`;
}

function reversal(step: PlannedStep): readonly string[] {
  if (step.reversal.kind !== 'undo') return [`    ${wayBack(step)}`];
  const { undo } = step.reversal;
  return [`    ${wayBack(step)}`, ...command(undo.command, DEEP), ...undo.verify.flatMap(verify)];
}

const RETRY: { readonly [how in PlannedStep['retry']]: string } = {
  never: 'is not retried',
  as_is: 'may be retried as it is',
  undo_first: 'may be retried after its undo',
};

function step(one: PlannedStep, index: number): readonly string[] {
  const refs = one.refs.length === 0 ? '' : `  (${one.refs.join(', ')})`;
  const silence = one.silenceS === null ? '' : `, silent for at most ${formatDuration(one.silenceS)}`;
  return [
    `${index + 1}. ${one.title}${refs}`,
    `    id ${one.id}; expected ${formatDuration(one.expectedS)}, at most ${formatDuration(one.timeoutS)}${silence}; ${RETRY[one.retry]}${one.critical ? '; critical' : ''}`,
    ...action(one),
    ...one.verify.flatMap(verify),
    ...reversal(one),
    ...one.hints.map(({ contains, say }) => `    hint when its output has “${contains}”: ${say}`),
    '',
  ];
}

function hosts(body: PlanBody): readonly string[] {
  return Object.values(body.hosts).flatMap((host) => {
    const roles = Object.entries(body.roles).flatMap(([role, names]) =>
      names.includes(host.name) ? [role] : [],
    );
    const env = Object.entries(host.env).map(([name, value]) => `      ${name}=${value}`);
    return [
      `  ${host.name}  (${roles.join(', ') || 'no role'}) address ${host.address}, private ${host.private_ip}, SSH ${host.ssh.user}@${host.ssh.host}:${host.ssh.port}, files below ${host.state_dir}`,
      ...host.host_keys.map((key) => `      key ${key}`),
      ...env,
    ];
  });
}

function fact({ id, shown, host, seenAt }: Fact): string {
  const seen = seenAt === null ? 'not looked at: a dry value' : `seen ${formatTime(seenAt, 'UTC')}`;
  return `  ${id} = ${shown}${host === null ? '' : `   on ${host}`}   (${seen})`;
}

function evidence({ findings, checks, facts }: Evidence): readonly string[] {
  return [
    'Findings',
    ...(findings.length === 0 ? ['  none'] : []),
    ...findings.map(({ severity, id, say, do: todo }) => `  ${severity} ${id}: ${say} ${todo}`.trimEnd()),
    '',
    'Checks',
    ...checks.map(({ id, ok }) => `  ${ok ? 'clean' : 'not clean'}  ${id}`),
    '',
    'Facts',
    ...facts.map(fact),
  ];
}

function acknowledgement({ id, say, refs }: Acknowledgement): string {
  return `  [ ] ${say}   (${[id, ...refs].join(', ')})`;
}

export function planText({ digest, body, evidence: seen }: Plan): string {
  const inputs = Object.entries(body.inputs).map(
    ([name, value]) => `  ${name} = ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const lines = [
    ...(body.target.rehearsal ? ['REHEARSAL', ''] : []),
    `Plan ${digest}`,
    `Runbook ${body.runbook.id}, ${body.runbook.title}, text ${body.runbook.digest}`,
    `Flow ${body.flow.id}: ${body.flow.title}`,
    `Target ${body.target.name}`,
    `${body.steps.length} steps, about ${formatDuration(body.expectedS)}; ${formatDuration(body.rollbackReserveS)} are kept free to go back`,
    noReturn(body),
    '',
    'Inputs',
    ...(inputs.length === 0 ? ['  none'] : inputs),
    '',
    'Hosts',
    ...hosts(body),
    '',
    'Approvers confirm',
    ...(body.acknowledgements.length === 0
      ? ['  nothing beyond the plan']
      : body.acknowledgements.map(acknowledgement)),
    '',
    'Steps',
    '',
    ...body.steps.flatMap(step),
    ...evidence(seen),
  ];
  return `${showHidden(lines.join('\n'))}\n`;
}
