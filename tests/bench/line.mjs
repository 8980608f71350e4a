// A line of some length and speed between a browser and a server in this process. What comes down shares the speed, over
// however many connections it comes; each way takes half a round trip, and a new connection one round trip more.
// Not in it: the headers of IP and TCP (some 3 %), TCP's slow start, lost packets, looking up a name.

import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds' worth of bytes that may wait to be sent, as in a router: so the line stays full where the server is late. */
const QUEUE = 50;

/** `megabits` a second down; `roundTrip` in milliseconds. @typedef {{ name: string, megabits: number, roundTrip: number }} Speed */

export class Line {
  /** Milliseconds from one end to the other. */
  way;
  #bytesAMillisecond;
  /** When all that was sent so far has left the far end. */
  #free = 0;

  /** @param {Speed} speed */
  constructor({ megabits, roundTrip }) {
    this.way = roundTrip / 2;
    this.#bytesAMillisecond = megabits * 125;
  }

  /** The server's end of a connection. @param {import('node:net').Socket} socket at the browser's end */
  connect(socket) {
    return new FarEnd(socket, this);
  }

  /** When so many bytes more will have left, after all that wait already. @param {number} bytes */
  send(bytes) {
    this.#free = Math.max(this.#free, performance.now()) + bytes / this.#bytesAMillisecond;
    return this.#free;
  }
}

class FarEnd extends Duplex {
  #socket;
  #line;
  #opened;
  // Chains: what is sent first arrives first, whatever the timers do.
  #up = Promise.resolve();
  #down = Promise.resolve();

  /** @param {import('node:net').Socket} socket @param {Line} line */
  constructor(socket, line) {
    super();
    this.#socket = socket;
    this.#line = line;
    this.#opened = performance.now() + 2 * line.way;
    socket.setNoDelay();
    socket.on('data', (chunk) => this.#arrive(chunk));
    socket.on('end', () => this.#arrive(null));
    socket.on('close', () => this.destroy());
    socket.on('error', () => this.destroy());
  }

  /** @param {Buffer | null} chunk */
  #arrive(chunk) {
    const due = Math.max(performance.now(), this.#opened) + this.#line.way;
    this.#up = this.#up
      .then(() => until(due))
      .then(() => {
        if (!this.destroyed) this.push(chunk);
      });
  }

  /** What is asked for is small: it is never held back. @override */
  _read() {}

  /** @param {Buffer} chunk @param {BufferEncoding} _ @param {() => void} done @override */
  _write(chunk, _, done) {
    const left = this.#line.send(chunk.length);
    until(left - QUEUE).then(done);
    this.#down = this.#down
      .then(() => until(left + this.#line.way))
      .then(() => {
        this.#socket.write(chunk);
      });
  }

  /** @param {() => void} done @override */
  _final(done) {
    this.#down.then(() => this.#socket.end()).then(() => done());
  }

  /** @param {Error | null} error @param {(error: Error | null) => void} done @override */
  _destroy(error, done) {
    this.#socket.destroy();
    done(error);
  }
}

/** @param {number} time */
async function until(time) {
  const left = time - performance.now();
  if (left > 0) await sleep(left);
}
