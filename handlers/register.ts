/** The routing table: which command, button and form goes to which handler. */
import type { App, BlockAction, ButtonAction, StaticSelectAction } from '@slack/bolt';
import type { Upgrades } from '../src/engine/upgrades.ts';
import { ACTIONS, COMMAND, VIEWS } from '../src/messages/actions.ts';
import {
  approvalSubmitted,
  declineClicked,
  declineSubmitted,
  reviewClicked,
  withdrawClicked,
} from './approval.ts';
import { gateClicked, gateSubmitted, manualClicked, manualSubmitted } from './gate-actions.ts';
import { noticeSubmitted, unknownAction, unknownForm } from './leftovers.ts';
import {
  cancelClicked,
  doneByHandSubmitted,
  forwardSubmitted,
  goClicked,
  holdFormClicked,
  retryClicked,
  retryFromChosen,
  rollBackSubmitted,
  skipSubmitted,
  stopClicked,
  stopSubmitted,
} from './run-actions.ts';
import { startClicked, startSubmitted, startTargetChosen } from './start-modal.ts';
import { upgradeTyped } from './upgrade-command.ts';

export interface HandlerDeps {
  readonly upgrades: Upgrades;
  /** Diagnostic lines; may be lost. */
  readonly log: {
    info(data: object, message: string): void;
    warn(data: object, message: string): void;
    error(data: object, message: string): void;
  };
}

type Click = BlockAction<ButtonAction>;

/** Every id but those that are listened to: buttons of old messages, forms of an older version. */
function allBut(known: readonly string[]): RegExp {
  return new RegExp(`^(?!(?:${known.join('|')})$)`);
}

export function registerHandlers(app: App, deps: HandlerDeps): void {
  app.command(COMMAND, upgradeTyped(deps));

  app.action<Click>(ACTIONS.start, startClicked(deps));
  app.action<BlockAction<StaticSelectAction>>(ACTIONS.startTarget, startTargetChosen(deps));
  app.view(VIEWS.start, startSubmitted(deps));

  app.action<Click>(ACTIONS.review, reviewClicked(deps));
  app.view(VIEWS.review, approvalSubmitted(deps));
  app.action<Click>(ACTIONS.decline, declineClicked(deps));
  app.view(VIEWS.decline, declineSubmitted(deps));
  app.action<Click>(ACTIONS.withdraw, withdrawClicked(deps));

  app.action<Click>(ACTIONS.go, goClicked(deps));
  app.action<Click>(ACTIONS.retry, retryClicked(deps, 'retry'));
  app.action<Click>(ACTIONS.lookAgain, retryClicked(deps, 'look_again'));
  app.action<BlockAction<StaticSelectAction>>(ACTIONS.retryFrom, retryFromChosen(deps));
  app.action<Click>(ACTIONS.cancelStep, cancelClicked(deps));
  app.action<Click>(ACTIONS.doneByHand, holdFormClicked(deps, 'doneByHand'));
  app.view(VIEWS.doneByHand, doneByHandSubmitted(deps));
  app.action<Click>(ACTIONS.skip, holdFormClicked(deps, 'skip'));
  app.view(VIEWS.skip, skipSubmitted(deps));
  app.action<Click>(ACTIONS.rollBack, holdFormClicked(deps, 'rollBack'));
  app.view(VIEWS.rollBack, rollBackSubmitted(deps));
  app.action<Click>(ACTIONS.goForward, holdFormClicked(deps, 'goForward'));
  app.view(VIEWS.goForward, forwardSubmitted(deps));
  app.action<Click>(ACTIONS.stop, stopClicked(deps));
  app.view(VIEWS.stop, stopSubmitted(deps));

  app.action<Click>(ACTIONS.gateGo, gateClicked(deps, true));
  app.action<Click>(ACTIONS.gateNo, gateClicked(deps, false));
  app.view(VIEWS.gate, gateSubmitted(deps));
  app.action<Click>(ACTIONS.manualDone, manualClicked(deps, true));
  app.action<Click>(ACTIONS.manualCant, manualClicked(deps, false));
  app.view(VIEWS.manual, manualSubmitted(deps));

  app.view(VIEWS.notice, noticeSubmitted);
  // Boxes and lists inside forms are read when the form is sent; Slack reports only those that ask for it.
  app.action<BlockAction>(
    { type: 'block_actions', action_id: allBut(Object.values(ACTIONS)) },
    unknownAction(deps),
  );
  app.view(allBut(Object.values(VIEWS)), unknownForm(deps));
}
