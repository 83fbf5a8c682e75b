import { Checkbox, Group, NativeSelect, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { Search } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { usePatchSearch } from "./search-params";

/** A row of filters above a list. Each of them writes the address; the list reads it. */
export function Filters({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <Group component="search" aria-label={t("filter.label")} align="flex-end" gap="sm" mb="sm">
      {children}
    </Group>
  );
}

type FilterSelectProps<Value extends string> = {
  label: string;
  /** The search parameter that it writes. */
  name: string;
  value: Value | undefined;
  options: readonly { value: Value; label: string }[];
  /** What "no filter" is called; "any" by default. */
  anyLabel?: string;
};

/** One of a closed list, or any. */
export function FilterSelect<Value extends string>(props: FilterSelectProps<Value>) {
  const { label, name, value, options, anyLabel } = props;
  const { t } = useTranslation();
  const patch = usePatchSearch();
  return (
    <NativeSelect
      label={label}
      name={name}
      value={value ?? ""}
      onChange={(event) => void patch({ [name]: event.currentTarget.value || undefined })}
      data={[{ value: "", label: anyLabel ?? t("filter.any") }, ...options]}
    />
  );
}

type FilterCheckProps = {
  label: string;
  /** The search parameter that it writes: "yes", or nothing. */
  name: string;
  value: "yes" | undefined;
};

/** Keeps a list to what has a property. */
export function FilterCheck({ label, name, value }: FilterCheckProps) {
  const patch = usePatchSearch();
  return (
    <Checkbox
      label={label}
      name={name}
      checked={value === "yes"}
      onChange={(event) => void patch({ [name]: event.currentTarget.checked ? "yes" : undefined })}
      mb={8}
    />
  );
}

const PAUSE_MS = 300; // a pause in typing; shorter asks the server for half words

type SearchBoxProps = { label: string; name?: string; value: string | undefined };

/** Full-text search. The address follows after a pause in typing, without a history entry a letter. */
export function SearchBox({ label, name = "q", value }: SearchBoxProps) {
  const patch = usePatchSearch();
  const [typed, setTyped] = useState(value ?? "");
  const written = useRef(value ?? "");
  const write = useDebouncedCallback((text: string) => {
    written.current = text.trim();
    void patch({ [name]: written.current || undefined }, { replace: true });
  }, PAUSE_MS);
  // Only what changed the address from outside (back, forward, a link) may replace what is being typed.
  useEffect(() => {
    if ((value ?? "") === written.current) return;
    written.current = value ?? "";
    setTyped(written.current);
  }, [value]);
  return (
    <TextInput
      type="search"
      label={label}
      name={name}
      value={typed}
      autoComplete="off"
      leftSection={<Search size={16} aria-hidden />}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        write(event.currentTarget.value);
      }}
    />
  );
}
