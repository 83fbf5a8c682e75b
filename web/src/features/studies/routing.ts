import type { Routing } from "./queries";

export type LayerRow = {
  arm: string;
  step: number;
  layer: number;
  /** The share of the tokens that goes to each expert; null where it was not measured. */
  load: (number | null)[];
  entropy: number | null;
};

/** Every layer of every arm at its last checkpoint, as the mean of the seeds. */
export function layerRows({ arms }: Pick<Routing, "arms">): LayerRow[] {
  return arms.flatMap(({ arm, checkpoints }) => {
    const last = checkpoints.at(-1);
    return (last?.layers ?? []).map(({ layer, load, measures }) => ({
      arm,
      step: last?.step ?? 0,
      layer,
      load: load.map((share) => share?.mean ?? null),
      entropy: measures.find(([name]) => name === "entropy")?.[1].mean ?? null,
    }));
  });
}
