/** Modals: opened within the three seconds of a click and filled when we know more; answered in place after a submission. */
import type { AckFn, SlackViewAction, ViewResponseAction } from '@slack/bolt';
import type { WebClient } from '@slack/web-api';
import type { Verdict } from '../src/core/model.ts';
import type { UpgradeView } from '../src/core/view.ts';
import { parseButtonValue } from '../src/messages/actions.ts';
import { escapedSay, type Modal } from '../src/messages/block-kit.ts';
import { loading, notice } from '../src/messages/notice.ts';
import { alreadyDone } from '../src/messages/said.ts';
import { guarded, tellVerdict, unexpected, verb } from './guard.ts';
import type { HandlerDeps } from './register.ts';
import { saying, showForm, type Tell, tellInForm } from './telling.ts';

interface Opening {
  readonly client: WebClient;
  readonly trigger: string;
  readonly title: string;
  /** `opening the review of U-42` */
  readonly doing: string;
  readonly tell: Tell;
}

/** Opens at once, because a trigger lives three seconds, then fills. */
export async function openForm(
  deps: HandlerDeps,
  opening: Opening,
  fill: () => Promise<Modal>,
): Promise<void> {
  const { client, title, doing, tell } = opening;
  const opened = await client.views
    .open({ trigger_id: opening.trigger, view: loading(title) })
    .catch((error: unknown) => {
      deps.log.warn({ err: error }, `${doing}: Slack did not open the form`);
      return undefined;
    });
  const view = opened?.view?.id;
  if (view === undefined)
    return saying(tell, 'Slack did not open the form in time. Nothing was changed; please try again.');
  const modal = await fill().catch((error: unknown) => notice(title, unexpected(deps, error, doing)));
  await showForm(client, view, modal).catch((error: unknown) =>
    deps.log.info({ why: String(error) }, `${doing}: the form was closed before it was filled`),
  );
}

/** The same for what needs a look first: a refusal is said in the form. */
export function openFormOn<T>(
  deps: HandlerDeps,
  opening: Opening,
  look: () => Promise<Verdict<T>>,
  form: (value: T) => Modal,
): Promise<void> {
  return openForm(deps, opening, async () => {
    const verdict = await look();
    return verdict.ok ? form(verdict.value) : notice(opening.title, `✋ ${escapedSay(verdict.refusal.say)}`);
  });
}

interface Submission {
  readonly ack: AckFn<ViewResponseAction>;
  readonly client: WebClient;
  readonly body: SlackViewAction;
}

/** Acknowledges with “recording”, calls the verb, and says in the same form what came of it. */
export async function answerForm(
  deps: HandlerDeps,
  { ack, client, body }: Submission,
  doing: string,
  act: () => Promise<Verdict<UpgradeView>>,
  words: (view: UpgradeView) => string,
): Promise<void> {
  const title = body.view.title.text;
  await ack({ response_action: 'update', view: notice(title, '⏳ Recording your answer…') });
  const id = parseButtonValue(body.view.private_metadata)?.upgrade ?? '';
  const channel = async () => {
    const found = await deps.upgrades.view(id);
    return found.ok ? found.value.upgrade.channel : undefined;
  };
  const tell = tellInForm(deps, client, { view: body.view.id, title, user: body.user.id }, channel);
  await guarded(deps, tell, doing, async () => {
    const verdict = await verb(act);
    if (verdict !== null) return tellVerdict(tell, verdict, words);
    // Submitted twice: the first one counts, and the form still says “recording”.
    await tellVerdict(tell, await deps.upgrades.view(id), alreadyDone);
  });
}
