import { Button } from "@mantine/core";
import { ArrowLeftRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { usePatchSearch } from "@/ui/search-params";
import styles from "./comparisons.module.css";
import { RunPicker } from "./run-picker";

export type Pair = { first: string | undefined; second: string | undefined };

/** The two runs of a comparison, in the address. */
export function PairPicker({ first, second }: Pair) {
  const { t } = useTranslation();
  const patch = usePatchSearch();
  const alone = first === undefined || second === undefined;
  return (
    <fieldset className={styles.pair} aria-label={t("compare.pick.runs")}>
      <RunPicker
        label={t("compare.first")}
        reference={first}
        tellsFailure={alone}
        onChoose={(reference) => void patch({ first: reference })}
      />
      <Button
        variant="default"
        className={styles.swap}
        disabled={first === undefined && second === undefined}
        leftSection={<ArrowLeftRight size={16} aria-hidden />}
        onClick={() => void patch({ first: second, second: first })}
      >
        {t("compare.pick.swap")}
      </Button>
      <RunPicker
        label={t("compare.second")}
        reference={second}
        tellsFailure={alone}
        onChoose={(reference) => void patch({ second: reference })}
      />
    </fieldset>
  );
}
