// One event of Windows in the shapes in which it may arrive: made of the JSON that an event log has (collect/evtx_json.h), as the shippers' documents describe
// their shapes. For tests only.
//
//   for (const WindowsShape& shape : windows_shapes()) text += shape.line(event);
#pragma once

#include <boost/json.hpp>
#include <string>
#include <vector>

namespace tocsin {

struct WindowsShape {
  const char* name;
  const char* file;                        // what a file of it is called
  const char* head;                        // of the file
  std::string (*line)(const boost::json::object& event);  // with its line end
  const char* tail;
};

const std::vector<WindowsShape>& windows_shapes();

}  // namespace tocsin
