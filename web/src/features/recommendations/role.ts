import { valuesOf, type WordOf } from "@/i18n/words";

export type Role = WordOf<"role">;

const KEY = "nophantom.role";
const FIRST: Role = "developer";

/** For whom it is shown: as the address says, else as was chosen last on this machine, else for developers. */
export function roleOf(said: Role | undefined): Role {
  return said ?? valuesOf("role").find((role) => role === remembered()) ?? FIRST;
}

export function remember(role: Role): void {
  try {
    localStorage.setItem(KEY, role);
  } catch {
    // Storage is forbidden; the address holds it.
  }
}

function remembered(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
