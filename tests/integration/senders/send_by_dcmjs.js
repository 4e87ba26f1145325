// Send DICOM files with dcmjs-dimse, each on an association of its own, which is proposed in the syntax of the file:
// node send_by_dcmjs.js PLACE-OF-THE-PACKAGE PORT plain|tls FILE...
const path = require('path');
const [place, port, protection, ...files] = process.argv.slice(2);
const { Client, Transcoding, requests, constants, log } = require(path.join(place, 'node_modules', 'dcmjs-dimse'));

const options = protection === 'tls' ? { securityOptions: { rejectUnauthorized: false } } : {};
let stored = 0;

const send = (file) =>
  new Promise((closed) => {
    const client = new Client();
    const request = new requests.CStoreRequest(file);
    request.on('response', (response) => {
      stored += response.getStatus() === constants.Status.Success ? 1 : 0;
    });
    client.addRequest(request);
    client.on('networkError', (error) => closed(console.error(error.message)));
    client.on('associationRejected', () => console.error('rejected'));
    client.on('closed', closed);
    client.send('127.0.0.1', Number(port), 'NORTH', 'OVERREAD', options);
  });

const sendAll = async () => {
  await Transcoding.initializeAsync();
  for (const file of files) await send(file);
  console.log(`stored ${stored}`);
};

log.setLevel('error');
sendAll();
