//! MQTT 3.1.1 through `rumqttc`.

use rumqttc_v4::MqttOptions;

use super::wire::MAX_PACKET_BYTES;

super::link::rumqttc_link!(rumqttc_v4, limits);

fn limits(options: &mut MqttOptions) {
    options.set_max_packet_size(MAX_PACKET_BYTES, MAX_PACKET_BYTES);
}
