// Numbers of a running service in Prometheus' text format (version 0.0.4). Names end in _total where they only grow. Each appends to `text`; none can fail.
//
//   std::string text = service_metrics(env, status);
//   append_metric(text, "alert_streams", "gauge", "Clients that follow the alerts.", 3);
#pragma once

#include <string>
#include <string_view>

#include "base/env.h"
#include "pipeline/status.h"

namespace tocsin {

/// The lines before the values of `tocsin_NAME`, which is a counter or a gauge.
void append_metric_head(std::string& text, std::string_view name, std::string_view type, std::string_view help);
/// With its only value.
void append_metric(std::string& text, std::string_view name, std::string_view type, std::string_view help, double value);
/// Memory of the calling process, as tocsin_NAME_resident_bytes and its peak; nothing where there is no /proc.
void append_process_metrics(std::string& text, Env& env, std::string_view name, std::string_view whose);
/// What status says, and the memory of the calling process.
std::string service_metrics(Env& env, const ServiceStatus& status);

}  // namespace tocsin
