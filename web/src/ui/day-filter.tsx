import { TextInput } from "@mantine/core";
import { usePatchSearch } from "./search-params";

type DayFilterProps = { label: string; name: string; value: string | undefined };

/** A bound on days, by the browser's own picker: it can be typed into, too. */
export function DayFilter({ label, name, value }: DayFilterProps) {
  const patch = usePatchSearch();
  return (
    <TextInput
      type="date"
      label={label}
      name={name}
      value={value ?? ""}
      onChange={(event) => void patch({ [name]: event.currentTarget.value || undefined })}
    />
  );
}
