import { Button, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { count } from "@/format/numbers";
import { Empty } from "@/ui/question";
import { type SearchPatch, usePatchSearch } from "@/ui/search-params";

type NoMatchProps = {
  /** How many there are without any filter. */
  total: number;
  /** The filters, each set to undefined. */
  clear: SearchPatch;
};

/** Filters that nothing fits: how much they hide, and the way out. */
export function NoMatch({ total, clear }: NoMatchProps) {
  const { t } = useTranslation();
  const patch = usePatchSearch();
  return (
    <Stack gap={0} align="flex-start">
      <Empty
        title={t("signals.noMatch")}
        advice={t("signals.noMatchAdvice", { total: count(total) })}
      />
      <Button variant="default" size="xs" onClick={() => void patch(clear)}>
        {t("signals.clear")}
      </Button>
    </Stack>
  );
}
