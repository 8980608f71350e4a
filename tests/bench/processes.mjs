// What the system says of a browser's processes.

import { readFileSync } from 'node:fs';

const PAGE_SIZE = 4096;

/**
 * Of all processes of the browser: seconds of processor time, and bytes in memory.
 * @param {import('playwright-core').CDPSession} whole of the browser
 */
export async function processes(whole) {
  const { processInfo } = await whole.send('SystemInfo.getProcessInfo');
  const bytes = processInfo.map(({ id }) => {
    try {
      return Number(readFileSync(`/proc/${id}/statm`, 'utf8').split(' ')[1]) * PAGE_SIZE;
    } catch {
      return 0; // it has ended, or this is not Linux
    }
  });
  return { processor: processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0), resident: bytes.reduce((sum, each) => sum + each, 0) };
}
