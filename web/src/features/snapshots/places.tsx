import { Link } from "@tanstack/react-router";
import { CircleCheck, CircleDashed, FilterX } from "lucide-react";
import { useTranslation } from "react-i18next";
import { count } from "@/format/numbers";
import styles from "./places.module.css";
import type { Snapshot } from "./queries";

type PlacesProps = { snapshot: Snapshot; chosen: string | undefined };

/** Signals, watch list, dropped: every candidate is in one of the three, and each is one click away. */
export function Places({ snapshot, chosen }: PlacesProps) {
  const { t } = useTranslation();
  const places = [
    { to: "/signals", name: t("snapshot.signals"), held: snapshot.signals, icon: CircleCheck },
    { to: "/watchlist", name: t("snapshot.watch"), held: snapshot.watch, icon: CircleDashed },
    { to: "/drops", name: t("snapshot.drops"), held: snapshot.drops, icon: FilterX },
  ] as const;
  return (
    <nav className={styles.places} aria-label={t("snapshot.places")}>
      <span className={styles.sum}>
        {t("snapshot.equation", { candidates: count(snapshot.candidates) })}
      </span>
      <ul className={styles.list}>
        {places.map(({ to, name, held, icon: Icon }) => (
          <li key={to}>
            <Link
              to={to}
              search={{ snapshot: chosen }}
              className={styles.place}
              activeOptions={{ includeSearch: false }}
            >
              <Icon size={15} aria-hidden />
              <span>{name}</span> <strong className="np-numbers">{count(held)}</strong>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
