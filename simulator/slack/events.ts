/** The Events API: the envelope, and up to three repetitions. Source: the Events API page. */
import { realDuration } from '../../src/core/clock.ts';
import type { Answer } from './delivery/courier.ts';
import { deliver } from './delivery/deliver.ts';
import type { Workspace } from './workspace.ts';

/** Almost at once, after a minute, after five; virtual milliseconds. */
const RETRY_AFTER_MS = [1000, 60_000, 300_000] as const;

export function isEvent({ app }: Workspace, name: string): boolean {
  return app.events.includes(name);
}

function reasonOf(answer: Answer): string {
  if (answer.outcome === 'timeout') return 'http_timeout';
  return answer.outcome === 'failed' ? (answer.why.split(' ')[0] ?? 'unknown_error') : '';
}

/** Fire and forget, as Slack does; the transcript tells what came of it. */
export function sendEvent(workspace: Workspace, event: { readonly [field: string]: unknown }): void {
  const { app, team, ids } = workspace;
  const payload = {
    token: 'deprecated',
    team_id: team.id,
    api_app_id: app.id,
    event,
    type: 'event_callback',
    event_id: ids.next('Ev'),
    event_time: Math.floor(workspace.now() / 1000),
    authorizations: [
      {
        enterprise_id: null,
        team_id: team.id,
        user_id: app.botUser,
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
    is_ext_shared_channel: false,
    context_team_id: team.id,
    context_enterprise_id: null,
    event_context: ids.secret(40),
  };
  const attempt = async (number: number, retryReason?: string): Promise<void> => {
    const answer = await deliver(workspace, {
      type: 'events_api',
      payload,
      attempt: number,
      ...(retryReason !== undefined && { retryReason }),
    });
    const wait = RETRY_AFTER_MS[number];
    if (answer.outcome === 'acked' || wait === undefined) return;
    if (answer.outcome === 'failed' && answer.noRetry === true) return;
    workspace.later(realDuration(workspace.clock, wait), () => void attempt(number + 1, reasonOf(answer)));
  };
  void attempt(0);
}
