//! MQTT 3.1.1 through `rumqttc`.

use rumqttc_v4::MqttOptions;

/// Largest packet that the protocol has.
const MAX_PACKET_BYTES: usize = 268_435_460;
/// The client waits for the answer to its ping, which comes behind the message that is on the line, and does not count
/// that message's bytes as life: one that takes longer than two of these ends the connection, and comes again. Chosen: a
/// message of 1 MiB at 5 kB a second, which is a modem, passes; a dead line is noticed within four minutes.
const LONG_KEEP_ALIVE_S: u16 = 120;

super::link::rumqttc_link!(rumqttc_v4, limits);

fn limits(options: &mut MqttOptions) {
    // No limit can be told to the broker. A packet that ended the connection would be the first to come again, for ever,
    // and nothing behind it would come: it is taken whole, refused and acknowledged.
    options.set_max_packet_size(MAX_PACKET_BYTES, MAX_MESSAGE_BYTES);
    options.set_keep_alive(LONG_KEEP_ALIVE_S);
}
