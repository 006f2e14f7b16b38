/** A streamed answer on a connection that `node:http` reads: the same contract as on rik's own. */
import type { ServerResponse } from 'node:http';
import type { OpenAnswerStream } from '../../runtime-api/index.ts';

export function setHeaders(response: ServerResponse, headerLines: string): void {
  for (const line of headerLines.split('\r\n')) {
    if (line !== '') response.setHeader(line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2));
  }
}

export function openNodeStream(response: ServerResponse): OpenAnswerStream {
  return (head, onFlowing) => {
    setHeaders(response, head.headerLines);
    response.writeHead(head.status);
    response.flushHeaders();
    response.on('drain', onFlowing);
    // Whoever produces for a client that is gone may go on to the end.
    response.on('close', onFlowing);
    return {
      write(pieces) {
        if (response.destroyed || response.closed) return true;
        response.cork();
        for (const piece of pieces) response.write(piece);
        // `node:http` uncorks later; the first chunk must not wait for more.
        response.uncork();
        return !response.writableNeedDrain;
      },
      end: () => void response.end(),
      abort: () => void response.socket?.resetAndDestroy(),
    };
  };
}
