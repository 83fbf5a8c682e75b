import { useTranslation } from "react-i18next";
import { useWord } from "@/i18n/words";
import type { Judged } from "./queries";

/** Where the topic ended, in one sentence that can be told from the others without colour. */
export function TopicLead({ judged }: { judged: Judged }) {
  const { t } = useTranslation();
  const word = useWord();
  if (judged.place === "watch") return t("signal.lead.watch");
  if (judged.place === "drop")
    return t("signal.lead.drop", {
      reason: judged.reason ? word("candidate_drop", judged.reason) : t("format.unknown"),
    });
  return t("signal.lead.signal", {
    standing: judged.standing ? word("standing", judged.standing) : t("format.unknown"),
    phase: word("phase", judged.phase ?? "unknown"),
  });
}
