import type { StoreState } from '../api/fleet.js';

/** The states of a store. Each has a sign, because colour alone does not reach everybody. */
export const STATES: readonly { state: StoreState; name: string; sign: string; meaning: string }[] = [
  { state: 'up', name: 'Up', sign: '▲', meaning: 'open, and a recent poll saw the store active' },
  { state: 'down', name: 'Down', sign: '▼', meaning: 'open, and a recent poll saw the store inactive' },
  {
    state: 'silent',
    name: 'No recent data',
    sign: '▨',
    meaning: 'open, and no recent poll in this opening (state silent in the API)',
  },
  { state: 'closed', name: 'Closed', sign: '○', meaning: 'outside business hours' },
];

/** The name of a state inside a sentence: `no recent data`. */
export const stateText = (state: StoreState): string => STATES.find((each) => each.state === state)!.name.toLowerCase();
