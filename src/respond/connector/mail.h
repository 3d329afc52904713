// Sends mail by SMTP: the text that a step of a playbook has, to people whom the settings name.
#pragma once

#include "respond/connector/connector_list.h"

namespace tocsin::respond {

std::span<const ActionSpec> mail_actions();
Result<std::unique_ptr<Connector>> make_mail(const ConnectorPlace& place, const ConnectorSettings& settings);

}  // namespace tocsin::respond
