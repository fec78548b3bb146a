/** Questions to people during a run: go or no-go at a gate, a step to be done by hand. */
import type { PlannedStep } from '../core/plan.ts';
import type { UpgradeView } from '../core/view.ts';
import { formatDuration } from '../core/window.ts';
import { ACTIONS, buttonValue } from './actions.ts';
import { type Button, buttons, escaped, type Message, message, section, sections } from './block-kit.ts';
import { neverPings } from './clean.ts';
import { label, mention, mentionId, oneOf, operators, rehearsalMark, stepName } from './words.ts';

/** Instructions of a runbook are shown whole as far as Slack's 50 blocks allow with room for the rest. */
const SAY_SECTIONS = 40;

function answerButton(
  view: UpgradeView,
  step: PlannedStep,
  action: string,
  text: string,
  style?: 'primary' | 'danger',
): Button {
  const { id } = view.upgrade;
  return {
    action,
    label: text,
    spoken: `${text}: ${step.title}, ${id}`,
    value: buttonValue({ upgrade: id, subject: step.id }),
    ...(style && { style }),
  };
}

/** Places whose people may answer a gate: the one that the step names, or any of the policy. */
function gatePeople(view: UpgradeView, step: PlannedStep): { who: string; titles: string; count: number } {
  const need = step.action.kind === 'gate' ? step.action.need : { from: null, count: 1 };
  const places = view.places
    .map(({ place }) => place)
    .filter(({ id }) => need.from === null || id === need.from);
  return {
    who: oneOf([...new Set(places.flatMap(({ from }) => from.map(mentionId)))]),
    titles: oneOf(places.map((place) => escaped(place.title))),
    count: need.count,
  };
}

/**
 * @param lines the question, then its evidence, as filled in during the run; not escaped
 * @param answered who said what, escaped: it takes the place of the buttons, and what they were shown stays
 */
export function gateReply(
  view: UpgradeView,
  step: PlannedStep,
  lines: readonly string[],
  answered?: string,
): Message {
  const { who, titles, count } = gatePeople(view, step);
  const [question, ...evidence] = lines.map((line) => escaped(line.trim()));
  const people = count === 1 ? 'One person' : `${count} different people`;
  const open = `🙋 ${who === '' ? 'Approvers' : who}: go or no-go? ${people} must say go (${titles === '' ? 'of the approvers' : titles}); ${mention(view.upgrade.requester)} asked for the upgrade and does not count. A no-go holds the run. Nothing goes on until somebody answers.`;
  const asked = answered === undefined ? open : neverPings(answered);
  const seen =
    evidence.length === 0 ? '' : `What we know:\n${evidence.map((line) => `• ${line}`).join('\n')}`;
  const body = `🚦 *${stepName(view, step)}* · go or no-go\n${rehearsalMark(view.upgrade)}${question ?? ''}`;
  return message(
    `🚦 ${label(view.upgrade)}. ${stepName(view, step)}: go or no-go? ${question ?? ''}\n${seen}\n${asked}`,
    [
      ...sections(body, SAY_SECTIONS / 2),
      ...sections(seen, SAY_SECTIONS / 2),
      section(asked),
      ...(answered === undefined
        ? [
            buttons([
              answerButton(view, step, ACTIONS.gateGo, 'Go', 'primary'),
              answerButton(view, step, ACTIONS.gateNo, 'No-go', 'danger'),
            ]),
          ]
        : []),
    ],
  );
}

/**
 * @param said what is to be done by hand, as filled in during the run; not escaped
 * @param answered who reported what, escaped: it takes the place of the buttons
 */
export function manualReply(view: UpgradeView, step: PlannedStep, said: string, answered?: string): Message {
  const open = `🙋 ${operators(view)}: do this by hand, then press Done. If it can't be done, press Can't: the run is held, and nothing is lost.${step.verify.length > 0 ? ' After Done the bot looks for itself whether it is so.' : ''} Expected about ${formatDuration(step.expectedS)}.`;
  const asked = answered === undefined ? open : neverPings(answered);
  const body = `✋ *${stepName(view, step)}* · by hand\n${rehearsalMark(view.upgrade)}${escaped(said.trim())}`;
  return message(
    `✋ ${label(view.upgrade)}. ${stepName(view, step)}: to be done by hand.\n${escaped(said.trim())}\n${asked}`,
    [
      ...sections(body, SAY_SECTIONS),
      section(asked),
      ...(answered === undefined
        ? [
            buttons([
              answerButton(view, step, ACTIONS.manualDone, 'Done', 'primary'),
              answerButton(view, step, ACTIONS.manualCant, "Can't"),
            ]),
          ]
        : []),
    ],
  );
}
