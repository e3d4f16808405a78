// An SMSC of node-smpp for these tests: says on standard output, a line of JSON each, which PDUs go over its port, and takes on standard
// input what to deliver. As a real one does, it keeps what was not acknowledged and brings it again at the next bind.
'use strict';
const smpp = require('smpp');
const readline = require('readline');

const port = Number(process.argv[2]);
const start = process.hrtime.bigint();
const say = event => process.stdout.write(JSON.stringify({at: Number(process.hrtime.bigint() - start) / 1e6, ...event}) + '\n');
const shown = ['service_type', 'source_addr', 'source_addr_ton', 'source_addr_npi', 'destination_addr', 'dest_addr_ton', 'dest_addr_npi',
  'esm_class', 'data_coding', 'registered_delivery', 'message_id', 'ussd_service_op', 'user_message_reference'];

// plain is a PDU as the Go side reads it: texts as texts, octets in hexadecimal digits.
const plain = pdu => {
  const p = {command: pdu.command, status: pdu.command_status, sequence: pdu.sequence_number};
  for (const name of shown) if (pdu[name] !== undefined) p[name] = pdu[name];
  for (const name of ['its_session_info', 'vendor_session_id']) if (pdu[name] !== undefined) p[name] = Buffer.from(pdu[name]).toString('hex');
  const text = pdu.short_message;
  if (text !== undefined) {
    p.text = String(text && text.message !== undefined ? text.message : text);
    if (text && text.udh) p.udh = text.udh.map(u => Buffer.from(u).toString('hex')).join('');
  }
  return p;
};

const bound = {};   // sessions by system_id
const waiting = {}; // what is to be delivered or not acknowledged, by system_id, in order
let last = 0;       // message ids
let receipts = true;
const held = [];    // receipts that wait

const deliver = (bind, item) => {
  const session = bound[bind];
  if (!session || item.sent === session) return;
  item.sent = session;
  const pdu = new smpp.PDU('deliver_sm', item.fields);
  session.send(pdu, resp => {
    waiting[bind] = waiting[bind].filter(other => other !== item);
    say({event: 'acknowledged', bind, id: item.id, status: resp.command_status});
  });
  say({event: 'out', bind, id: item.id, pdu: plain(pdu)});
};

const queue = (bind, id, fields) => {
  const item = {id, fields};
  (waiting[bind] ||= []).push(item);
  deliver(bind, item);
};

const receipt = (bind, pdu, id) => {
  const send = () => queue(bind, 'receipt ' + id, {
    source_addr: pdu.destination_addr, source_addr_ton: 1, source_addr_npi: 1, destination_addr: pdu.source_addr, esm_class: 4,
    receipted_message_id: id, message_state: 2,
    short_message: `id:${id} sub:001 dlvrd:001 submit date:2611221200 done date:2611221201 stat:DELIVRD err:000 text:`,
  });
  if (receipts) setTimeout(send, 50);
  else held.push(send);
};

const server = smpp.createServer(session => {
  let bind = '';
  const gone = () => {
    if (bind && bound[bind] === session) {
      delete bound[bind];
      say({event: 'unbound', bind});
    }
  };
  session.on('error', gone);
  session.on('close', gone);
  session.on('enquire_link', pdu => session.send(pdu.response()));
  session.on('unbind', pdu => { session.send(pdu.response()); session.close(); });
  session.on('bind_transceiver', pdu => {
    bind = pdu.system_id;
    bound[bind] = session;
    session.send(pdu.response({system_id: 'SMSC'}));
    say({event: 'bound', bind});
    for (const item of waiting[bind] || []) deliver(bind, item);
  });
  session.on('submit_sm', pdu => {
    const id = 'Msapar' + ++last; // textual: a numeric one hides what Kannel does to it
    say({event: 'in', bind, pdu: plain(pdu)});
    session.send(pdu.response({message_id: id}));
    if (pdu.registered_delivery & 1) receipt(bind, pdu, id);
  });
});
server.listen(port, '127.0.0.1', () => say({event: 'listening'}));

readline.createInterface({input: process.stdin}).on('line', line => {
  const order = JSON.parse(line);
  if (order.receipts !== undefined) {
    receipts = order.receipts;
    while (receipts && held.length) held.shift()();
    return;
  }
  const fields = {...order.pdu};
  for (const name of ['its_session_info', 'vendor_session_id']) if (fields[name]) fields[name] = Buffer.from(fields[name], 'hex');
  fields.short_message = fields.text;
  delete fields.text;
  queue(order.bind, order.id, fields);
}).on('close', () => process.exit(0));
