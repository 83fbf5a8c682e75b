/** The access token of this tab. Kept in sessionStorage: it ends with the tab and is never sent to another site. */

const KEY = "nophantom.token";
const listeners = new Set<() => void>();
let wanted = false;
/** For tabs whose storage is forbidden: until the next reload. */
let remembered: string | null = null;

function tell(): void {
  for (const listener of listeners) listener();
}

export function readToken(): string | null {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return remembered;
  }
}

export function keepToken(token: string): void {
  wanted = false;
  remembered = token;
  try {
    sessionStorage.setItem(KEY, token);
  } catch {
    // Storage is forbidden; the variable holds it.
  }
  tell();
}

/** The server answered 401: the shell asks for a token. */
export function askForToken(): void {
  if (wanted) return;
  wanted = true;
  tell();
}

export function isTokenWanted(): boolean {
  return wanted;
}

/** For React's useSyncExternalStore. */
export function onTokenChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
