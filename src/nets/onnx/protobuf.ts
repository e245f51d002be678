/** protobufjs without its parser of schemas: a module of its own, which the build puts into the package with the library in it. */
import protobuf from 'protobufjs/light.js';

export { protobuf };
