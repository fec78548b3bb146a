/** The three ways of a click: straight to a verb, to a form, and from a form to a verb. Each acknowledges first. */
import type {
  BlockAction,
  ButtonAction,
  Middleware,
  SlackActionMiddlewareArgs,
  SlackViewMiddlewareArgs,
  ViewSubmitAction,
} from '@slack/bolt';
import type { Person, Verdict } from '../src/core/model.ts';
import type { UpgradeView } from '../src/core/view.ts';
import type { Subject } from '../src/messages/actions.ts';
import { NOTE } from '../src/messages/answer-modals.ts';
import type { Modal } from '../src/messages/block-kit.ts';
import { answerForm, openFormOn } from './forms.ts';
import { guarded, tellVerdict, verb } from './guard.ts';
import { OLD_BUTTON, OLD_FORM, sayOld } from './leftovers.ts';
import {
  actorOf,
  deliveryOfClick,
  deliveryOfForm,
  noteOf,
  subjectOfClick,
  subjectOfForm,
} from './payload.ts';
import type { HandlerDeps } from './register.ts';
import { saying, tellClicker } from './telling.ts';

export type Clicked = Middleware<SlackActionMiddlewareArgs<BlockAction<ButtonAction>>>;
export type Submitted = Middleware<SlackViewMiddlewareArgs<ViewSubmitAction>>;

/** Who did it, about what, and the id of the delivery. */
export interface Asked extends Subject {
  readonly actor: Person;
  readonly delivery: string;
}

interface Act<T> {
  /** `starting`: completed by the id of the upgrade. */
  readonly doing: string;
  readonly act: (asked: T) => Promise<Verdict<UpgradeView>>;
  readonly words: (view: UpgradeView, asked: T) => string;
}

export function toVerb(deps: HandlerDeps, { doing, act, words }: Act<Asked>): Clicked {
  return async ({ ack, body, respond, client }) => {
    await ack();
    const tell = tellClicker(deps, { body, respond, client });
    const subject = subjectOfClick(body);
    await guarded(deps, tell, `${doing} ${subject?.upgrade ?? ''}`.trim(), async () => {
      if (subject === undefined) return saying(tell, OLD_BUTTON);
      const asked = { ...subject, actor: actorOf(body), delivery: deliveryOfClick(body) };
      await tellVerdict(tell, await verb(() => act(asked)), (view) => words(view, asked));
    });
  };
}

export function toForm(
  deps: HandlerDeps,
  to: {
    readonly title: (upgrade: string) => string;
    readonly look: (asked: Asked) => Promise<Verdict<UpgradeView>>;
    readonly form: (view: UpgradeView, asked: Asked) => Modal;
  },
): Clicked {
  return async ({ ack, body, respond, client }) => {
    await ack();
    const tell = tellClicker(deps, { body, respond, client });
    const subject = subjectOfClick(body);
    await guarded(deps, tell, 'opening a form', async () => {
      if (subject === undefined) return saying(tell, OLD_BUTTON);
      const asked = { ...subject, actor: actorOf(body), delivery: deliveryOfClick(body) };
      const title = to.title(subject.upgrade);
      await openFormOn(
        deps,
        { client, trigger: body.trigger_id, title, doing: `opening “${title}”`, tell },
        () => to.look(asked),
        (view) => to.form(view, asked),
      );
    });
  };
}

export interface Sent extends Asked {
  readonly note: string;
  readonly form: ViewSubmitAction['view'];
}

/** Errors under fields can only be said with the acknowledgement, so they are looked for before it. */
export function toVerbFromForm(
  deps: HandlerDeps,
  from: Act<Sent> & { readonly errors: (sent: Sent) => { readonly [block: string]: string } },
): Submitted {
  return async ({ ack, body, client }) => {
    const subject = subjectOfForm(body);
    if (subject === undefined) return ack(sayOld(body.view.title.text, OLD_FORM));
    const { view: form } = body;
    const sent = {
      ...subject,
      actor: actorOf(body),
      delivery: deliveryOfForm(body),
      note: noteOf(form),
      form,
    };
    const errors = from.errors(sent);
    if (Object.keys(errors).length > 0) return ack({ response_action: 'errors', errors });
    const doing = `${from.doing} ${subject.upgrade}`;
    await answerForm(
      deps,
      { ack, client, body },
      doing,
      () => from.act(sent),
      (view) => from.words(view, sent),
    );
  };
}

/** Blanks are no reason. */
export function noteNeeded({ note }: Sent): { readonly [block: string]: string } {
  return note === '' ? { [NOTE]: 'A few words are needed here; the audit trail keeps them.' } : {};
}
