//! MQTT 3.1.1 through `rumqttc`.

use rumqttc_v4::MqttOptions;

/// Largest packet that the protocol has.
const MAX_PACKET_BYTES: usize = 268_435_460;

super::link::rumqttc_link!(rumqttc_v4, limits);

fn limits(options: &mut MqttOptions) {
    // No limit can be told to the broker. A packet that ended the connection would be the first to come again, for ever,
    // and nothing behind it would come: it is taken whole, refused and acknowledged.
    options.set_max_packet_size(MAX_PACKET_BYTES, MAX_MESSAGE_BYTES);
}
