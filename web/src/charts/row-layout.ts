const LETTER = 6.8; // pixels, about, at the size of the charts
const GAP = 12;

export type RowLayout = {
  /** Height of a row, and where in it the value and the mark stand. */
  row: number;
  value: number;
  mark: number;
  /** The value stands below its label, at the left. */
  isStacked: boolean;
};

/** Label and value on one line, or, where any row has no room for both, one below the other. */
export function rowLayout(rows: { label: string; value: string }[], width: number): RowLayout {
  const isStacked = rows.some(
    ({ label, value }) => (label.length + value.length) * LETTER + GAP > width,
  );
  return isStacked
    ? { row: 62, value: 32, mark: 47, isStacked }
    : { row: 46, value: 16, mark: 31, isStacked };
}
