const NAME = 'storewatch.key';

/** The API key that was typed in: kept until the browser is closed, or on this device where that was asked for. */
export function readKey(): string | undefined {
  return sessionStorage.getItem(NAME) ?? localStorage.getItem(NAME) ?? undefined;
}

export function keepKey(key: string, onThisDevice: boolean): void {
  forgetKey();
  (onThisDevice ? localStorage : sessionStorage).setItem(NAME, key);
}

export function forgetKey(): void {
  sessionStorage.removeItem(NAME);
  localStorage.removeItem(NAME);
}
