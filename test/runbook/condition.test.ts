import { describe, expect, it } from 'vitest';
import { condition, not, satisfiable } from '../../src/runbook/condition.ts';

const whole = (): string => '';

function implies(a: string, b: string, flow = 'in_place'): boolean {
  return !satisfiable([condition(a, flow, whole), not(condition(b, flow, whole))]);
}

describe('conditions', () => {
  it.each([
    ['flow == "migration"', 'false'],
    ['flow != "in_place"', 'false'],
    ['flow in ["migration", "other"]', 'false'],
    ['true', '"in_place" == flow'],
    ['input.a && input.b', 'input.a'],
    ['input.a', 'input.a || input.b'],
    ['!(input.a || input.b)', '!input.a'],
    ['fact.v < version("4")', '!(fact.v >= version("4"))'],
    ['fact.v > version("4")', '!(fact.v <= version("4"))'],
    ['input.mode == "fast"', 'input.mode != "careful"'],
    ['input.a ? input.b : false', 'input.b'],
    ['flow == "in_place" ? input.a : input.b', 'input.a'],
    [' input.a  &&  input.b ', 'input.b&&input.a'],
  ])('%s holds only where %s does', (a, b) => {
    expect(implies(a, b)).toBe(true);
  });

  it.each([
    ['input.a', 'input.b'],
    ['input.a || input.b', 'input.a'],
    ['flow == "in_place"', 'input.a'],
    ['fact.v >= version("4")', 'fact.v >= version("5")'],
    ['input.mode == "fast"', 'input.other == "fast"'],
    ['input.a &&', 'input.a'],
  ])('%s may hold where %s does not', (a, b) => {
    expect(implies(a, b)).toBe(false);
  });

  it('counts as possible what has more atoms than anybody can follow', () => {
    const many = Array.from({ length: 25 }, (_, index) => `input.a${index}`).join(' && ');
    expect(satisfiable([condition(many, 'f', whole), not(condition(many, 'f', whole))])).toBe(true);
  });
});
