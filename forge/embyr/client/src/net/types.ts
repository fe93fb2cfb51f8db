// What the page knows of a world: the seam between the network and what is drawn.

/** What stays as it is while one realm is watched. */
export interface Setup {
  /** Tiles on a side of the map. */
  side: number;
  /** Tiles of lava around the land. */
  border: number;
  /** side × side kinds of tiles as tiles.ts numbers them, row by row from the north-west, now. */
  tiles: Uint8Array;
  /** In the order of their numbers; colours are CSS colours such as "#e69f00". */
  populations: { name: string; color: string }[];
  maxHealth: number;
  maxFood: number;
  maxWater: number;
  /** The realm's number in its run. */
  realm: number;
  /** The number of its map. */
  map: number;
  combat: boolean;
  /** How far agents see, in tiles: a square of 2 × radius + 1 on a side. */
  radius: number;
  /** Where this world comes from, one sentence for people. */
  source: string;
  /** What beginning anew means here. */
  again: string;
  /** Why nobody thinks here; empty where a network does. */
  unthinking: string;
  /** Every realm that can be chosen. */
  realms: number[];
  /** Reach of each style of attack, in tiles. */
  reach: number[];
  styleNames: string[];
  /** What each style does to its target; where agents can be played. */
  damage?: number[];
  /** Whether agents of this world can be played by hand. */
  playable?: boolean;
  causeNames: string[];
  /** Agents that can live at once. */
  maxAgents: number;
  /** Who is younger cannot be attacked, in ticks. */
  immunity: number;
  /** What stays of NPCs; missing where the world has none. */
  npcs?: NpcSetup;
  /** What stays of skills; missing where the world has none. */
  skills?: SkillSetup;
  /** What stays of items; missing where the world has none. */
  items?: ItemSetup;
  /** What stays of resources; missing where the world has none. */
  professions?: ProfessionSetup;
  /** What stays of the market; missing where the world has none. */
  market?: MarketSetup;
  /** How many words there are; missing where there are none. */
  words?: number;
  /** The quests, by number; 0 is none. Missing where the world has none. */
  quests?: QuestSetup[];
  /** What rows tell of, by code; empty: the world has none of it, or it is told otherwise. */
  happenings: string[];
  /** What the server can lay over the map; missing where there is none. */
  overlays?: OverlayAbout[];
}

export interface NpcSetup {
  /** How many can live at once. */
  most: number;
  /** The most health. */
  health: number;
  /** How far they see, in tiles. */
  sight: number;
  /** Passive, neutral and hostile, which are 1, 2 and 3 in Npcs.kind, and what each is called. */
  kinds: { kind: string; name: string }[];
}

export interface SkillSetup {
  /** Those of the styles of attack come first, in their order; professions follow. */
  names: string[];
  /** The experience that each level takes, from level 1 on. */
  reached: number[];
}

export interface ItemSetup {
  /** Places of an inventory. */
  places: number;
  /** Where items are worn; 0: nowhere, they are consumed. */
  slots: string[];
  /** In the order of their numbers; 0 is an empty place. */
  kinds: ItemKind[];
}

export interface ItemKind {
  name: string;
  /** Where it is worn: see ItemSetup.slots. */
  slot: number;
  /** The skill whose level it needs; −1: the agent's own level. */
  skill: number;
  /** The style of attack that it helps; −1: none. */
  style: number;
  /** What it adds to offence in that style while it is worn, by its level. */
  offence: number[];
  /** What it adds to defence while it is worn, by its level. */
  defence: number[];
}

export interface ProfessionSetup {
  /** In the order of Agents.gathered. */
  resources: ResourceKind[];
}

export interface ResourceKind {
  /** Names of its tile, and of what is left of it. */
  tile: string;
  spent: string;
  /** The profession: see SkillSetup.names. */
  skill: number;
  /** The item that each harvest gives, and the one that few do besides; 0: none does. */
  gives: number;
  rare: number;
}

export interface QuestSetup {
  name: string;
  /** What is counted or measured, in a few words. */
  about: string;
  /** What every life begins with, which is no progress. */
  first: number;
  /** How much more than that it asks for. */
  goal: number;
}

export interface MarketSetup {
  /** Items have levels 1 … this. */
  levels: number;
  /** They are offered at 1 … this many times their level. */
  prices: number;
  /** How long an offer lasts, in ticks. */
  lasting: number;
}

/** An overlay that the server computes. */
export interface OverlayAbout {
  name: string;
  /** One sentence that says what it shows. */
  about: string;
  unit: string;
  scale: "linear" | "log" | "signed";
  /** Whether a population is to be chosen, and whether all together can be. */
  populations: "none" | "one" | "any";
  /** Whether it is about the selected agent. */
  agent: boolean;
}

/** What the network expects for the agents of a tick. */
export interface Values {
  tick: number;
  /** In the order of the tick's agents; NaN: no network decides for it, or it has diverged. */
  values: Float32Array;
}

/** What an overlay shows. */
export interface Overlay {
  name: string;
  /** −1: all. */
  population: number;
  /** −1: none. */
  agent: number;
  /** Of that tick. */
  tick: number;
  low: number;
  high: number;
  /** side × side; NaN: nothing there. Null: nothing at all, and the fault says why. */
  values: Float32Array | null;
  fault: string;
  /** Whether it is the overlay that went wrong. */
  failed: boolean;
}

/** The living agents of one tick, one column per property, in the order of their slots. */
export interface Agents {
  n: number;
  id: Int32Array;
  population: Uint16Array;
  slot: Uint16Array;
  /** From the north. */
  row: Int16Array;
  /** From the west. */
  col: Int16Array;
  /** Ticks lived. */
  age: Int32Array;
  health: Int16Array;
  food: Int16Array;
  water: Int16Array;
  /** Ticks in which it cannot move. */
  freeze: Int16Array;
  /** Taken in this tick. */
  damage: Int16Array;
  /** 1: cannot be attacked. */
  immune: Uint8Array;
  /** Missing where the world has none. */
  skills?: Skills;
  /** Missing where the world has no items. */
  bags?: Bags;
  /** How often each has harvested each resource; missing where the world has none. */
  gathered?: Int32Array[];
  /** Missing where the world has no market. */
  purses?: Purses;
  /** The word that each said in the tick, 0: none; missing where there are no words. */
  said?: Int32Array;
  /** Missing where the world has no quests. */
  quests?: Quests;
  /** What the network expects of each life, NaN: not known; missing if nobody asked. */
  value?: Float32Array;
}

/** The quests of the living agents: columns as those of Agents. */
export interface Quests {
  /** See Setup.quests. */
  number: Uint8Array;
  progress: Int32Array;
}

/** What the living agents trade with and have traded in their lives: columns as those of Agents. */
export interface Purses {
  gold: Int32Array;
  earned: Float64Array;
  spent: Float64Array;
  bought: Int32Array;
  sold: Int32Array;
  given: Int32Array;
}

/** What the living agents carry, in the order of Agents: of each agent a number for each place. */
export interface Bags {
  kind: Uint8Array;
  level: Uint8Array;
  quantity: Uint8Array;
  /** 1: it is worn. */
  worn: Uint8Array;
  /** Pieces that each agent has found or taken, consumed and destroyed in its life. */
  gained: Int32Array;
  used: Int32Array;
  destroyed: Int32Array;
}

/** What the living agents have learned: columns as those of Agents, of each skill one. */
export interface Skills {
  experience: Int32Array[];
  level: Uint8Array[];
  /** The highest level of all skills, which is the agent's own. */
  best: Uint8Array;
  /** The highest level of the styles of attack. */
  combat: Uint8Array;
  /** 1: it is in combat. */
  inCombat: Uint8Array;
}

/** The living NPCs of one tick, one column per property, in the order of their slots. */
export interface Npcs {
  n: number;
  /** Below −1. */
  id: Int32Array;
  /** From 1: see NpcSetup.kinds. */
  kind: Uint8Array;
  level: Uint8Array;
  /** Its only style of attack. */
  style: Uint8Array;
  /** Offence and defence, in all styles. */
  power: Int16Array;
  row: Int16Array;
  col: Int16Array;
  age: Int32Array;
  health: Int16Array;
  freeze: Int16Array;
  damage: Int16Array;
  /** The id of the agent that it hunts now; −1: nobody. */
  prey: Int32Array;
}

/** An attack of this tick: ids of who struck and who was struck. */
export interface Attack {
  from: number;
  to: number;
  /** 0 melee, 1 range, 2 mage; see Setup.styleNames. */
  style: number;
  damage: number;
}

/** What an agent did, or what became of it. */
export interface Happened {
  /** So many ticks before the one that tells of it. */
  ago: number;
  who: number;
  /** The id of who else took part; −1: nobody. */
  other: number;
  /** Pieces or gold; 1 where nothing is counted. */
  number: number;
  /** See Setup.happenings. */
  code: number;
  /** Of the item; of the skill, plus 1; 0: none. */
  kind: number;
  /** Of the item; that it reached; 0: none. */
  level: number;
  /** Gold that was asked or paid; 0: none. */
  price: number;
}

/** An agent or an NPC that died. */
export interface Death {
  id: number;
  /** See Setup.causeNames. */
  cause: number;
  /** The id of who slew it; −1: nobody. */
  killer: number;
}

export interface Tick {
  tick: number;
  agents: Agents;
  /** Missing where the world has none. */
  npcs?: Npcs;
  /** What changed on the map in this tick: index is row × side + col. */
  tiles: { index: number; kind: number }[];
  attacks: Attack[];
  births: number[];
  deaths: Death[];
  /** By code; of many alike, the newest. */
  happened: Happened[];
  /**
   * The lowest price of each kind and level, as a multiple of the level, kind by kind from 1; 0:
   * nothing is offered. Missing where the world has no market.
   */
  market?: Uint8Array;
}

/** Epochs of the run that is watched, which follow those before; `anew`: which replace them. */
export interface EpochNews {
  anew: boolean;
  epochs: number[];
  /** Mean lifetime of each population in each epoch [ticks]; null: nobody died. */
  lifetimes: (number | null)[][];
}

/** What one agent sees and thinks, as it decides after the tick of that number. */
export interface Inspection {
  id: number;
  tick: number;
  /** Probability to stay, and to move east, south, west, north; empty where a script decides. */
  moves: number[];
  /** Probability of no attack, then of each style; empty without combat. */
  styles: number[];
  /** How likely it attacks each tile within reach, by style; tiles and styles with none are left out. */
  attacks?: Aim[];
  /** Whom it may attack, and how likely, given that it attacks; −1: nobody. */
  targets: { id: number; p: number }[];
  /** What its network expects from here; null where a script decides. */
  value: number | null;
  sight: Sight;
}

/** How likely an agent attacks a tile with a style. */
export interface Aim {
  style: number;
  /** Tiles to the south and to the east of it. */
  down: number;
  right: number;
  p: number;
}

/** The square that an agent sees. */
export interface Sight {
  /** The north-west corner on the map; may lie outside it. */
  row: number;
  col: number;
  /** Tiles on a side. */
  side: number;
  /** Ids of the others in it. */
  others: number[];
  /** Whether it can stay, and move east, south, west, north. */
  canMove: boolean[];
  /** Whom it can attack, and with which styles. */
  canAttack?: Target[];
  /** Which deals it can make: none, then use what is in each place, then destroy it. */
  canDeal?: boolean[];
  /** How many words there are. */
  words?: number;
  /** Which trades it can make: see trades.ts. */
  canTrade?: boolean[];
  /** Who can be given a piece of an item, and who gold. */
  canReceive?: { id: number; ways: boolean[] }[];
}

export interface Target {
  id: number;
  styles: boolean[];
  /** What each style would do to it; missing where every hit of a style does the same. */
  damage?: number[];
}

/** Who plays in the realm that is watched. */
export interface Seats {
  /** The agent that is played here; −1: none. */
  own: number;
  /** Whether the world waits for the player here before each tick. */
  waits: boolean;
  /** All agents that somebody plays. */
  played: number[];
  /** Those for whose orders the world waits now. */
  awaited: number[];
  /** Other realms that go on only with this one, and in which somebody is awaited. */
  elsewhere: number[];
}

/** What an agent that is played does in the next tick. */
export interface Order {
  move: number;
  /** −1: no attack. */
  style: number;
  /** −1: the weakest in reach. */
  target: number;
  /** 0: none; see Sight.canDeal. */
  deal: number;
  /** 0: none; see Sight.canTrade. */
  trade: number;
  /** Of an offer: 0 … 8, for 1 … 9 times its level. */
  price: number;
  /** Of a gift; −1: nobody. */
  receiver: number;
  /** 0: silence. */
  word: number;
}

/** What the page may ask of the server. */
export type Command =
  | { type: "watch"; realm: number }
  | { type: "select"; id: number }
  | { type: "pause" }
  | { type: "play" }
  /** Another tick; where all were recorded, what follows the last. */
  | { type: "step" }
  | { type: "speed"; rate: number }
  /** Play an agent, or give it back (−1); 1: the world waits for orders. */
  | { type: "seat"; id: number; waits: 0 | 1 }
  /** What the agent that is played does in the next tick. */
  | ({ type: "act" } & Order)
  | { type: "fresh" }
  /** Empty: none; population −1: all. */
  | { type: "overlay"; name: string; population: number }
  /** 1: send what the network expects for every agent, tick by tick. */
  | { type: "values"; wanted: 0 | 1 };

/** What a source can tell, by the kind of news. */
export interface News {
  setup: [setup: Setup];
  tick: [tick: Tick];
  status: [status: string];
  /** Why something that was asked for is not done. */
  error: [text: string];
  /** The sentence that says where the world comes from, when it changes. */
  source: [source: string];
  inspection: [inspection: Inspection];
  overlay: [overlay: Overlay];
  values: [values: Values];
  /** How fast the world goes [ticks/s; 0: as fast as it can]; whoever watches may change it. */
  pace: [rate: number, paused: boolean];
  /** Who plays agents by hand. */
  seats: [seats: Seats];
  /** What the run that is watched has written of its epochs. */
  epochs: [news: EpochNews];
}

export type Listener<K extends keyof News> = (...news: News[K]) => void;

/** Where setups and ticks come from: a server, or what was recorded. */
export interface Source {
  /** Whether all ticks come at once, and the page plays them; else they come as the world goes. */
  readonly recorded: boolean;
  /** Whether more ticks of what was recorded are about to come. */
  readonly reading: boolean;
  on<K extends keyof News>(kind: K, listener: Listener<K>): void;
  send(command: Command): void;
}

/** The ticks that are kept; place 0 is the oldest. */
export interface History {
  readonly length: number;
  at(place: number): Tick;
  /** The newest. */
  now(): Tick | undefined;
}
