/** Every place of a runbook in which an expression or a command stands. */

import { own } from './own.ts';
import { dryExpression } from './probe.ts';
import type { Path } from './problem.ts';
import type { RunbookSource } from './schema.ts';
import {
  BEFORE_FACTS,
  type CelSite,
  celSite,
  PLANNING,
  type ShellSite,
  type Sight,
  type Site,
  textSite,
} from './sight.ts';
import { stepSites } from './step-sites.ts';
import { holesIn } from './template.ts';
import { type PlacedStep, placedSteps } from './units.ts';

const READING: Sight = { ...BEFORE_FACTS, roots: ['output', 'exit_code'] };

function flowAndHostSites(runbook: RunbookSource): readonly Site[] {
  const plain = [
    ...textSite(['title'], runbook.title, null),
    ...Object.entries(runbook.flows).flatMap(([id, { title }]) =>
      textSite(['flows', id, 'title'], title, null),
    ),
    ...Object.entries(runbook.hosts).flatMap(([id, { title }]) =>
      textSite(['hosts', id, 'title'], title, null),
    ),
    ...Object.entries(runbook.inputs).flatMap(([id, { title, hint }]) => [
      ...textSite(['inputs', id, 'title'], title, null),
      ...textSite(['inputs', id, 'hint'], hint, null),
    ]),
  ];
  const same = Object.entries(runbook.hosts).flatMap(([id, { same_as }]) =>
    celSite(['hosts', id, 'same_as', 'when'], same_as?.when, BEFORE_FACTS, 'bool'),
  );
  return [...plain, ...same];
}

function drySite(path: Path, probe: RunbookSource['probes'][string]): readonly Site[] {
  const dry = dryExpression(probe);
  if (dry === undefined) return [];
  return celSite(path, dry.cel, PLANNING, 'value').map((site) => ({ ...site, offset: dry.start }));
}

function probeSites(runbook: RunbookSource): readonly Site[] {
  return Object.entries(runbook.probes).flatMap(([id, probe]): readonly Site[] => {
    const path: Path = ['probes', id];
    const shell: ShellSite = {
      kind: 'shell',
      path: [...path, 'run'],
      text: probe.run,
      sight: { ...PLANNING, dir: true },
      part: 'probe',
      secrets: probe.secrets,
      secretInArguments: probe.secret_in_arguments !== undefined,
      step: null,
    };
    return [
      ...textSite([...path, 'title'], probe.title, null),
      ...textSite([...path, 'secret_in_arguments'], probe.secret_in_arguments, null),
      ...celSite([...path, 'when'], probe.when, PLANNING, 'bool'),
      shell,
      ...celSite([...path, 'ok_when'], probe.ok_when, READING, 'bool'),
      ...celSite([...path, 'read'], probe.read, READING, 'value'),
      ...drySite([...path, 'dry'], probe),
    ];
  });
}

function checkSites(runbook: RunbookSource): readonly Site[] {
  const checks = Object.entries(runbook.checks).flatMap(([id, check]): readonly Site[] => [
    ...textSite(['checks', id, 'title'], check.title, null),
    ...celSite(['checks', id, 'when'], check.when, PLANNING, 'bool'),
    ...celSite(['checks', id, 'expect'], check.expect, PLANNING, 'bool'),
    ...textSite(['checks', id, 'say'], check.say, PLANNING),
    ...textSite(['checks', id, 'do'], check.do, PLANNING),
  ]);
  const confirmed = Object.entries(runbook.acknowledgements).flatMap(
    ([id, { when, say }]): readonly Site[] => [
      ...celSite(['acknowledgements', id, 'when'], when, PLANNING, 'bool'),
      ...textSite(['acknowledgements', id, 'say'], say, PLANNING),
    ],
  );
  return [...checks, ...confirmed];
}

/** `machine: manager` names a role; anything else is an expression. */
function parameterSites(runbook: RunbookSource, { step, path, locals }: PlacedStep): readonly Site[] {
  return Object.entries(step.with)
    .filter(([, cel]) => own(runbook.hosts, cel) === undefined || locals.includes(cel))
    .flatMap(([name, cel]) => celSite([...path, 'with', name], cel, { ...PLANNING, locals }, 'value'));
}

export function sitesOf(runbook: RunbookSource): readonly Site[] {
  return [
    ...flowAndHostSites(runbook),
    ...probeSites(runbook),
    ...checkSites(runbook),
    ...placedSteps(runbook).flatMap((placed) => [...stepSites(placed), ...parameterSites(runbook, placed)]),
  ];
}

/** Bare expressions, and those inside `${{ }}`. */
export function expressionsOf(sites: readonly Site[]): readonly CelSite[] {
  return sites.flatMap((site): readonly CelSite[] => {
    if (site.kind === 'cel') return [site];
    if (site.sight === null) return [];
    const { path, sight } = site;
    const key = site.kind === 'shell' ? 'run' : site.key;
    return holesIn(site.text).map(({ cel, celStart }) => ({
      kind: 'cel',
      path,
      offset: celStart,
      cel,
      sight,
      gives: site.kind === 'shell' ? 'value' : 'text',
      key,
    }));
  });
}
