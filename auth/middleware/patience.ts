/**
 * Deadlines for answers of others that do not count our own standstill. In a burst of handshakes this process may be busy
 * for longer than an answer may take; an answer that lies there unread is no silence of the middleware.
 */

/** A deadline is counted in this many parts. */
const parts = 10;

/**
 * Calls back when `ms` have passed in which this process could read. Of a part that comes late, at most twice its length
 * counts. Returns what calls it off.
 */
export function whenPatienceEnds(ms: number, callback: () => void): () => void {
  const partMs = ms / parts;
  let leftMs = ms;
  let lastMs = performance.now();
  let timer = setTimeout(count, partMs);
  function count(): void {
    const nowMs = performance.now();
    leftMs -= Math.min(nowMs - lastMs, 2 * partMs);
    lastMs = nowMs;
    if (leftMs <= 0) callback();
    else timer = setTimeout(count, Math.min(partMs, leftMs));
  }
  return () => clearTimeout(timer);
}
