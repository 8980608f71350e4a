// Checks for files that a copy of the page may lack.

/** Whether the server has this file. Without an answer it is assumed to: fetching the file will show. @param {string} url */
export async function isThere(url) {
  try {
    const { status } = await fetch(url, { method: 'HEAD' });
    return status !== 404 && status !== 410;
  } catch {
    return true;
  }
}
