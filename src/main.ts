/** Composition root: reads settings, opens the store, makes the ports, wires the engine, starts and stops in order. */
import { createHash, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { WebClient } from '@slack/web-api';
import { pino } from 'pino';
import { registerHandlers } from '../handlers/register.ts';
import { type Config, readConfig } from './config.ts';
import { createAdvance, wakeAll } from './engine/advance.ts';
import type { Deps } from './engine/context.ts';
import { createUpgrades } from './engine/upgrades.ts';
import { createCalendar } from './ports/calendar.ts';
import { createClock } from './ports/clock.ts';
import { openPolicies } from './ports/inventory.ts';
import type { Store } from './ports/ports.ts';
import { createSecrets } from './ports/secrets.ts';
import { createSlackApp } from './ports/slack-app.ts';
import { createDirectory } from './ports/slack-directory.ts';
import { createOutbox } from './ports/slack-outbox.ts';
import { openStore } from './ports/sqlite-store.ts';
import { createHosts } from './ports/ssh.ts';
import { createVault } from './ports/vault.ts';
import { createWakeups } from './ports/wakeups.ts';

/** A service manager gives about ten seconds before it kills; steps go on on their hosts, so five are enough to put down the pen. */
const DRAIN_MS = 5000;

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
