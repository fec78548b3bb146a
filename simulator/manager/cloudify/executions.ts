import { milliseconds, SECONDS } from './durations.ts';
import type { Dice, Execution, ExecutionEvent, ExecutionStatus, Manager } from './model.ts';
import { type Refusal, refuse } from './refusal.ts';

const ACTIVE: readonly ExecutionStatus[] = ['pending', 'started', 'cancelling'];

/** Run by the system itself; hidden from lists unless asked for. */
const SYSTEM_WORKFLOWS = [
  'create_snapshot',
  'restore_snapshot',
  'create_deployment_environment',
  'delete_deployment_environment',
  'install_plugin',
  'uninstall_plugin',
];

export function isActive(execution: Execution): boolean {
  return ACTIVE.includes(execution.status);
}

export function isSystem(execution: Execution): boolean {
  return SYSTEM_WORKFLOWS.includes(execution.workflow);
}

export function activeExecutions(manager: Manager): readonly Execution[] {
  return manager.executions.filter(isActive);
}

export interface NewExecution {
  readonly workflow: string;
  readonly deployment: string | null;
  readonly tenant: string;
  readonly createdBy: string;
  readonly seconds: number;
  readonly parameters?: Execution['parameters'];
  readonly queued?: boolean;
}

export function startExecution(
  manager: Manager,
  what: NewExecution,
  now: number,
  dice: Dice,
): { readonly manager: Manager; readonly execution: Execution } {
  const execution: Execution = {
    id: dice.uuid(),
    workflow: what.workflow,
    status: what.queued === true ? 'queued' : 'pending',
    deployment: what.deployment,
    tenant: what.tenant,
    createdBy: what.createdBy,
    createdAt: now,
    startedAt: null,
    endsAt: now + milliseconds(SECONDS.executionQueue + what.seconds),
    endedAt: null,
    error: '',
    parameters: what.parameters ?? {},
    events: [],
  };
  return { manager: { ...manager, executions: [...manager.executions, execution] }, execution };
}

export function findExecution(manager: Manager, id: string): Execution | undefined {
  return manager.executions.find((execution) => execution.id === id);
}

export function changeExecution(manager: Manager, id: string, change: Partial<Execution>): Manager {
  const executions = manager.executions.map((each) => (each.id === id ? { ...each, ...change } : each));
  return { ...manager, executions };
}

export function addEvent(manager: Manager, id: string, event: ExecutionEvent): Manager {
  const execution = findExecution(manager, id);
  return execution === undefined
    ? manager
    : changeExecution(manager, id, { events: [...execution.events, event] });
}

/** `error` is the last line of the traceback; '' when it ended well. */
export function endExecution(manager: Manager, id: string, error: string, at: number): Manager {
  const execution = findExecution(manager, id);
  if (execution === undefined) return manager;
  const good = error === '';
  const text = good
    ? `'${execution.workflow}' workflow execution succeeded`
    : `'${execution.workflow}' workflow execution failed: ${error}`;
  return changeExecution(manager, id, {
    status: good ? 'terminated' : 'failed',
    endedAt: at,
    endsAt: at,
    error: good ? '' : traceback(error),
    events: [...execution.events, { at, kind: 'CFY', text }],
  });
}

/** The whole Python traceback is what the database keeps, so the table's cell has several lines. */
function traceback(error: string): string {
  return [
    'Traceback (most recent call last):',
    '  File "/opt/mgmtworker/env/lib/python2.7/site-packages/cloudify/dispatch.py", line 472, in main',
    '    payload = handler.handle()',
    error,
  ].join('\n');
}

/** Python's way to print a list of unicode strings. */
export function pythonList(items: readonly string[]): string {
  return `[${items.map((item) => `u'${item}'`).join(', ')}]`;
}

/** A snapshot, made or restored, wants the Manager for itself. */
export function refuseSystemWide(manager: Manager): Refusal | undefined {
  const running = activeExecutions(manager).map((execution) => execution.id);
  if (running.length === 0) return undefined;
  return refuse(
    400,
    'existing_running_execution_error',
    'You cannot start a system-wide execution if there are other executions running. ' +
      `Currently running executions: ${pythonList(running)}`,
  );
}

/** Any other workflow: not beside a system-wide one, and not twice in one deployment. */
export function refuseWorkflow(manager: Manager, deployment: string, tenant: string): Refusal | undefined {
  const active = activeExecutions(manager);
  const wide = active.find((execution) => execution.deployment === null && isSystem(execution));
  if (wide !== undefined) {
    return refuse(
      400,
      'existing_running_execution_error',
      'You cannot start an execution if there is a running system-wide execution',
    );
  }
  const own = active.filter(
    (execution) => execution.deployment === deployment && execution.tenant === tenant,
  );
  if (own.length === 0) return undefined;
  return refuse(
    400,
    'existing_running_execution_error',
    `The following executions are currently running for this deployment: ${pythonList(own.map((each) => each.id))}. ` +
      'To execute this workflow anyway, pass "force=true" as a query parameter to this request',
  );
}
