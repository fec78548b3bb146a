/** Doing something as the current person: asks for confirmation when Slack would, and tells what was refused. */
import { askToConfirm } from './confirm.js';

/**
 * @param context needs `post(name, body)` and `refused(result)`
 * @returns ControlResult; `cancelled` when the person took it back in the confirm dialog
 */
export async function perform(context, name, body) {
  const first = await context.post(name, body);
  if (first.error !== 'confirm_required' || first.confirm === undefined) return told(context, first);
  const confirm = await askToConfirm(first.confirm, context);
  const second = await context.post(name, { ...body, confirm });
  if (!confirm) return { ok: false, cancelled: true };
  return told(context, second);
}

function told(context, result) {
  if (!result.ok && result.error !== 'field_errors') context.refused(result);
  return result;
}
