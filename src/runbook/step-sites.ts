/** The places of one step in which an expression or a command stands. */
import type { Path } from './problem.ts';
import type { StepSource, UndoSource, VerifySource } from './schema.ts';
import { celSite, PLANNING, type ShellSite, type Sight, type Site, textSite } from './sight.ts';
import { sideOf } from './step-kind.ts';
import type { PlacedStep } from './units.ts';

interface Sights {
  /** When the plan is made. */
  readonly plan: Sight;
  /** On a host during the run, before the step itself has captured anything. */
  readonly run: Sight;
  /** The same, for people: no host, no directory. */
  readonly said: Sight;
  /** With the output of the command. */
  readonly judged: Sight;
  readonly verified: Sight;
  readonly verifyJudged: Sight;
}

function sightsOf(placed: PlacedStep): Sights {
  const plan: Sight = { ...PLANNING, locals: placed.locals };
  const said: Sight = { ...plan, roots: [...plan.roots, 'captured'], step: placed };
  const run: Sight = { ...said, dir: true };
  const judged: Sight = { ...run, roots: [...run.roots, 'output', 'exit_code'] };
  return { plan, run, said, judged, verified: { ...run, own: true }, verifyJudged: { ...judged, own: true } };
}

interface Owner {
  readonly placed: PlacedStep;
  readonly sights: Sights;
  /** Secrets that a verify or an undo takes over. */
  readonly secrets: readonly string[];
  readonly secretInArguments: boolean;
}

function shell(
  path: Path,
  text: string,
  sight: Sight,
  part: ShellSite['part'],
  owner: Owner,
  own?: {
    readonly secrets?: readonly string[] | undefined;
    readonly secret_in_arguments?: string | undefined;
  },
): ShellSite {
  return {
    kind: 'shell',
    path,
    text,
    sight,
    part,
    secrets: own?.secrets ?? owner.secrets,
    secretInArguments: owner.secretInArguments || own?.secret_in_arguments !== undefined,
    step: owner.placed,
  };
}

function verifySites(
  path: Path,
  verifies: readonly VerifySource[],
  owner: Owner,
  undo: boolean,
): readonly Site[] {
  const { plan, run, judged, verified, verifyJudged } = owner.sights;
  return verifies.flatMap((verify, index): readonly Site[] => {
    const at: Path = [...path, index];
    const sight = undo ? run : verified;
    const looked = undo ? judged : verifyJudged;
    const command =
      verify.run === undefined ? [] : [shell([...at, 'run'], verify.run, sight, 'verify', owner, verify)];
    return [
      ...command,
      ...celSite([...at, 'when'], verify.when, plan, 'bool'),
      ...celSite([...at, 'expect'], verify.expect, looked, 'bool'),
      ...celSite([...at, 'fail'], verify.fail, looked, 'bool'),
      ...textSite([...at, 'say'], verify.say, plan),
      ...textSite([...at, 'secret_in_arguments'], verify.secret_in_arguments, null),
    ];
  });
}

/** An undo must work when apply died half-way, so it sees nothing that its own step captured. */
function undoSites(path: Path, undo: UndoSource | undefined, owner: Owner): readonly Site[] {
  if (undo === undefined) return [];
  const secrets = undo.secrets ?? owner.secrets;
  const inner = { ...owner, secrets };
  return [
    ...textSite([...path, 'title'], undo.title, owner.sights.plan),
    shell([...path, 'run'], undo.run, owner.sights.run, 'undo', inner, undo),
    ...expectedSite([...path, 'expected'], undo.expected, owner.sights.plan),
    ...textSite([...path, 'secret_in_arguments'], undo.secret_in_arguments, null),
    ...verifySites([...path, 'verify'], undo.verify, inner, true),
  ];
}

function expectedSite(path: Path, expected: string | undefined, plan: Sight): readonly Site[] {
  const isLiteral = expected === undefined || /^[0-9.smhd]+$/.test(expected);
  return isLiteral ? [] : celSite(path, expected, plan, 'duration');
}

/** `upgrade.dir` has a meaning in a path on a host, none in a name in the vault. */
function sideSites(path: Path, text: string, { said, run }: Sights): readonly Site[] {
  return textSite(path, text, sideOf(text)?.at === 'vault' ? said : run);
}

function yamlSites(path: Path, value: unknown, sight: Sight): readonly Site[] {
  if (typeof value === 'string') return textSite(path, value, sight);
  if (Array.isArray(value)) return value.flatMap((item, index) => yamlSites([...path, index], item, sight));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => yamlSites([...path, key], item, sight));
}

function fileSites({ path, step }: PlacedStep, sights: Sights): readonly Site[] {
  const { copy, write } = step;
  const copied =
    copy === undefined
      ? []
      : [
          ...sideSites([...path, 'copy', 'from'], copy.from, sights),
          ...sideSites([...path, 'copy', 'to'], copy.to, sights),
        ];
  if (write === undefined) return copied;
  const text = typeof write.text === 'string' ? [write.text] : (write.text ?? []);
  return [
    ...copied,
    ...sideSites([...path, 'write', 'to'], write.to, sights),
    ...yamlSites([...path, 'write', 'yaml'], write.yaml, sights.run),
    ...text.flatMap((part, index) =>
      typeof part === 'string' ? textSite([...path, 'write', 'text', index], part, sights.run) : [],
    ),
  ];
}

function peopleSites({ path, step }: PlacedStep, { said }: Sights): readonly Site[] {
  const { gate, manual, say, evidence } = step;
  const lines = (at: Path, list: readonly string[] | undefined): readonly Site[] =>
    (list ?? []).flatMap((line, index) => textSite([...at, index], line, said));
  const own = typeof gate === 'object' ? gate : {};
  return [
    ...textSite([...path, 'gate'], typeof gate === 'string' ? gate : undefined, said),
    ...textSite([...path, 'gate', 'say'], own.say, said),
    ...lines([...path, 'gate', 'evidence'], own.evidence),
    ...textSite([...path, 'say'], say, said),
    ...lines([...path, 'evidence'], evidence),
    ...textSite([...path, 'manual'], typeof manual === 'string' ? manual : undefined, said),
    ...textSite([...path, 'manual', 'say'], typeof manual === 'object' ? manual.say : undefined, said),
  ];
}

function conditionSites(path: Path, step: StepSource, plan: Sight): readonly Site[] {
  const own = step.for_each === undefined ? [] : [step.as ?? 'item'];
  const outside = { ...plan, locals: plan.locals.filter((name) => !own.includes(name)) };
  return [
    ...celSite([...path, 'when'], step.when, plan, 'bool'),
    ...celSite([...path, 'for_each'], step.for_each, outside, 'list'),
    ...expectedSite([...path, 'expected'], step.expected, plan),
  ];
}

export function stepSites(placed: PlacedStep): readonly Site[] {
  const { path, step } = placed;
  const sights = sightsOf(placed);
  const owner: Owner = {
    placed,
    sights,
    secrets: step.secrets,
    secretInArguments: step.secret_in_arguments !== undefined,
  };
  const command =
    step.run === undefined ? [] : [shell([...path, 'run'], step.run, sights.run, 'apply', owner)];
  return [
    ...textSite([...path, 'title'], step.title, sights.plan),
    ...conditionSites(path, step, sights.plan),
    ...command,
    ...fileSites(placed, sights),
    ...peopleSites(placed, sights),
    ...celSite([...path, 'ok_when'], step.ok_when, sights.judged, 'bool'),
    ...Object.entries(step.capture).flatMap(([name, from]) =>
      celSite(
        [...path, 'capture', name],
        typeof from === 'string' ? from : undefined,
        sights.judged,
        'value',
      ),
    ),
    ...step.hints.flatMap(({ say }, index) => textSite([...path, 'hints', index, 'say'], say, sights.plan)),
    ...textSite([...path, 'no_undo_needed'], step.no_undo_needed, null),
    ...textSite([...path, 'secret_in_arguments'], step.secret_in_arguments, null),
    ...verifySites([...path, 'verify'], step.verify, owner, false),
    ...undoSites([...path, 'undo'], step.undo, owner),
  ];
}
